//! Small pieces of text: numbers as people read them, lines that fit, words that a shell takes.

use std::io::IsTerminal;

use anstyle::{AnsiColor, Style};
use textwrap::core::display_width;

pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(crate) const OPEN: Style = AnsiColor::Yellow.on_default().bold();
pub(crate) const ERROR: Style = BAD;
pub(crate) const HINT: Style = AnsiColor::Cyan.on_default().bold();

/// 1234567 as `1,234,567`.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// 1234567 as `1.2M`.
pub(crate) fn rounded(number: u64) -> String {
    match number as f64 {
        n if n < 1e4 => number.to_string(),
        n if n < 1e6 => format!("{:.0}k", n / 1e3),
        n => format!("{:.1}M", n / 1e6),
    }
}

/// `1 step`, `2 steps`, `1,000 steps`.
pub(crate) fn counted(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", thousands(number), if number == 1 { "" } else { "s" })
}

/// A time in seconds, or in minutes when it is long.
pub(crate) fn seconds(seconds: f64) -> String {
    match seconds {
        s if s < 10.0 => format!("{s:.2} s"),
        s if s < 120.0 => format!("{s:.1} s"),
        s => format!("{} min {} s", s as u64 / 60, s as u64 % 60),
    }
}

/// Bytes with a unit of 1,024.
pub(crate) fn bytes(bytes: u64) -> String {
    bytesize::ByteSize::b(bytes).display().iec().to_string()
}

/// A probability, short.
pub(crate) fn probability(probability: f64) -> String {
    if probability == 0.0 { "0".to_owned() } else { format!("{probability:.1e}") }
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn and(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// The columns that a line may take: those of the terminal, or what `COLUMNS` says.
pub(crate) fn width() -> usize {
    const WITHOUT_A_TERMINAL: usize = 120;
    const LEAST: usize = 40;
    const MOST: usize = 200;
    let asked = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let terminal = || {
        let size = std::io::stdout().is_terminal().then(terminal_size::terminal_size).flatten();
        size.map(|(width, _)| usize::from(width.0))
    };
    asked.or_else(terminal).unwrap_or(WITHOUT_A_TERMINAL).clamp(LEAST, MOST)
}

/// A paragraph: the first line behind `first`, the others as far in.
pub(crate) fn paragraph(first: &str, text: &str, width: usize) -> String {
    if text.is_empty() {
        return String::new();
    }
    let rest = " ".repeat(display_width(first));
    let options = wrapping(width.min(100)).initial_indent(first).subsequent_indent(&rest);
    textwrap::fill(text, options).replace(UNBROKEN, " ") + "\n"
}

/// A space at which a paragraph is not broken.
pub(crate) const UNBROKEN: char = '\u{a0}';

/// Lines of at most `width` columns.
pub(crate) fn wrapped(text: &str, width: usize) -> Vec<String> {
    textwrap::wrap(text, wrapping(width)).into_iter().map(|line| line.into_owned()).collect()
}

/// Names with hyphens stay whole: they are there to be typed.
fn wrapping<'a>(width: usize) -> textwrap::Options<'a> {
    textwrap::Options::new(width).word_splitter(textwrap::WordSplitter::NoHyphenation)
}

/// Text padded to a width.
pub(crate) fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(display_width(text))))
}

/// Rows in columns, each as wide as its widest cell, two spaces in.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| display_width(cell)).max()
    };
    let widths: Vec<_> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let cells: Vec<_> = row.iter().zip(&widths).map(|(cell, w)| padded(cell, *w)).collect();
        format!("  {}", cells.join("  ")).trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

/// A word as a shell takes it.
pub(crate) fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./=:,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        let numbers = [0, 999, 1_000, 433_389, 1_234_567];
        assert_eq!(numbers.map(thousands), ["0", "999", "1,000", "433,389", "1,234,567"]);
        assert_eq!(numbers.map(rounded), ["0", "999", "1000", "433k", "1.2M"]);
    }

    #[test]
    fn words_are_quoted_for_a_shell() {
        let words = ["a-b.json", "my file", "it's", ""];
        assert_eq!(words.map(shell_word), ["a-b.json", "'my file'", r"'it'\''s'", "''"]);
    }

    #[test]
    fn columns_are_aligned_whatever_is_in_them() {
        let rows = [["é", "x"], ["long", "y"]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(table(&rows), "  é     x\n  long  y\n");
    }
}
