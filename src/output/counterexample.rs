//! A counterexample in the terminal: one line per step, a column per actor, and in it only what
//! the step changed.

use anstyle::Style;
use checker::search::Path;
use checker::system::Kind;
use models::registry::{ActorView, EventView, PropertyInfo, StateView};
use textwrap::core::display_width;

use super::text::{BAD, BOLD, DIM, counted, padded, paragraph, wrapped};

/// A path and what it shows.
pub(crate) struct Shown<'a> {
    pub(crate) property: PropertyInfo,
    /// How many of the steps are the scope's script.
    pub(crate) prefix_steps: usize,
    pub(crate) path: &'a Path<StateView, EventView>,
}

/// One line: the number of a step, what happened, and what it changed in each actor.
struct Row {
    number: String,
    event: String,
    /// Per actor, pieces of text that are better not broken.
    cells: Vec<Vec<String>>,
    /// The step belongs to the script.
    scripted: bool,
}

const CRASHED: &str = "✗ crashed";
/// Narrower columns are worse than none.
const NARROWEST: usize = 16;
const GAP: &str = "  ";

pub(crate) fn show(shown: &Shown<'_>, width: usize) -> String {
    let rows = rows(shown);
    let names: Vec<&str> = shown.path.initial.actors.iter().map(|a| a.name.as_str()).collect();
    let mut text = match Columns::fit(&rows, &names, width) {
        Some(columns) => columns.draw(&names, &rows),
        None => beneath(&names, &rows, width),
    };
    text += "\n";
    text += &conclusion(shown, width);
    text
}

fn rows(shown: &Shown<'_>) -> Vec<Row> {
    let path = shown.path;
    let start = path.initial.actors.iter().map(|actor| changes(None, actor)).collect();
    let mut rows = vec![Row {
        number: "0".to_owned(),
        event: "at the beginning".to_owned(),
        cells: start,
        scripted: shown.prefix_steps > 0,
    }];
    let mut before = &path.initial;
    for (index, (event, after)) in path.steps.iter().enumerate() {
        let scripted = index < shown.prefix_steps;
        let number = if scripted {
            format!("s{}", index + 1)
        } else {
            (index - shown.prefix_steps + 1).to_string()
        };
        let pairs = before.actors.iter().zip(&after.actors);
        let cells = pairs.map(|(before, after)| changes(Some(before), after)).collect();
        rows.push(Row { number, event: event.label.clone(), cells, scripted });
        before = after;
    }
    rows
}

/// The fields of an actor that differ from before. One that starts again shows them all: they are
/// what the crash has left.
fn changes(before: Option<&ActorView>, after: &ActorView) -> Vec<String> {
    let was_running = before.filter(|before| !before.crashed);
    if after.crashed {
        let news = before.is_none_or(|before| !before.crashed);
        return if news { vec![CRASHED.to_owned()] } else { Vec::new() };
    }
    let known = |field: &(String, String)| was_running.is_some_and(|b| b.fields.contains(field));
    let changed = after.fields.iter().filter(|field| !known(field));
    let mut pieces: Vec<_> = changed.map(|(name, value)| format!("{name} {value}")).collect();
    // A field that is gone has changed too.
    for (name, _) in was_running.iter().flat_map(|before| &before.fields) {
        if !after.fields.iter().any(|(known, _)| known == name) {
            pieces.push(format!("{name} gone"));
        }
    }
    pieces
}

/// Lines of at most `width` columns; a piece is broken only if it alone is longer.
fn wrap_pieces(pieces: &[String], width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for piece in pieces {
        if let Some(line) = lines.last_mut()
            && display_width(line) + GAP.len() + display_width(piece) <= width
        {
            *line += GAP;
            *line += piece;
            continue;
        }
        lines.extend(wrapped(piece, width));
    }
    lines
}

/// The widths of the columns.
struct Columns {
    number: usize,
    event: usize,
    actors: Vec<usize>,
}

impl Columns {
    /// Columns as wide as what is in them, where that fits; `None` where it would be unreadable.
    fn fit(rows: &[Row], names: &[&str], width: usize) -> Option<Columns> {
        let number = rows.iter().map(|row| row.number.len()).max().unwrap_or(1).max(2);
        // What is shown at the beginning is longer than any change, and may be wrapped.
        let steps = rows.get(1..).unwrap_or_default();
        let actors: Vec<usize> = names
            .iter()
            .enumerate()
            .map(|(index, name)| {
                let cells = steps.iter().map(|row| display_width(&row.cells[index].join(GAP)));
                let pieces = rows[0].cells[index].iter().map(|piece| display_width(piece));
                cells.chain(pieces).max().unwrap_or(0).max(display_width(name))
            })
            .collect();
        let longest = rows.iter().map(|row| display_width(&row.event)).max().unwrap_or(0);
        let gaps = GAP.len() * (actors.len() + 2);
        let room = width.checked_sub(number + gaps)?;
        let wanted: usize = actors.iter().sum();
        let event = longest.min(room.saturating_sub(wanted).max(room * 2 / 5));
        let actors = share(room.checked_sub(event)?, &actors)?;
        Some(Columns { number, event, actors })
    }

    fn draw(&self, names: &[&str], rows: &[Row]) -> String {
        let names = names.iter().map(|name| vec![(*name).to_owned()]).collect();
        let mut text = self.line("", &[String::new()], names, BOLD);
        for (index, row) in rows.iter().enumerate() {
            text += &boundary(rows, index);
            let event = wrapped(&row.event, self.event);
            let cells = row.cells.iter().zip(&self.actors);
            let cells = cells.map(|(pieces, width)| wrap_pieces(pieces, *width)).collect();
            text += &self.line(&row.number, &event, cells, style(rows, index));
        }
        text
    }

    /// One row, of as many lines as its longest cell.
    fn line(
        &self,
        number: &str,
        event: &[String],
        cells: Vec<Vec<String>>,
        style: Style,
    ) -> String {
        let height = cells.iter().map(Vec::len).chain([event.len()]).max().unwrap_or(1);
        let part = |lines: &[String], index: usize, width: usize| {
            padded(lines.get(index).map_or("", String::as_str), width)
        };
        let mut text = String::new();
        for index in 0..height {
            let number = if index == 0 { number } else { "" };
            let mut line = format!("{number:>0$}{GAP}", self.number + GAP.len());
            line += &part(event, index, self.event);
            for (cell, width) in cells.iter().zip(&self.actors) {
                line += GAP;
                line += &part(cell, index, *width);
            }
            text += &format!("{style}{}{style:#}\n", line.trim_end());
        }
        text
    }
}

/// Shares the room among columns: who wants little gets it, the others get the same each.
fn share(room: usize, wanted: &[usize]) -> Option<Vec<usize>> {
    if wanted.iter().sum::<usize>() <= room {
        return Some(wanted.to_vec());
    }
    let mut widths = vec![None; wanted.len()];
    loop {
        let given: usize = widths.iter().flatten().sum();
        let open = widths.iter().filter(|width| width.is_none()).count();
        let each = room.checked_sub(given)?.checked_div(open).unwrap_or(0);
        let modest = (0..wanted.len()).find(|&i| widths[i].is_none() && wanted[i] <= each);
        match modest {
            Some(index) => widths[index] = Some(wanted[index]),
            None if each < NARROWEST => return None,
            None => return Some(widths.into_iter().map(|width| width.unwrap_or(each)).collect()),
        }
    }
}

/// Where there is no room for columns: the changes beneath the event, a line per actor.
fn beneath(names: &[&str], rows: &[Row], width: usize) -> String {
    let indent = names.iter().map(|name| display_width(name)).max().unwrap_or(0);
    let mut text = String::new();
    for (index, row) in rows.iter().enumerate() {
        text += &boundary(rows, index);
        let style = style(rows, index);
        let event = paragraph(&format!("{:>4}  ", row.number), &row.event, width);
        text += &format!("{style}{}{style:#}\n", event.trim_end());
        for (name, pieces) in names.iter().zip(&row.cells) {
            let room = width.saturating_sub(indent + 10).max(NARROWEST);
            for (number, line) in wrap_pieces(pieces, room).iter().enumerate() {
                let name = if number == 0 { *name } else { "" };
                text += &format!("        {}{GAP}{line}\n", padded(name, indent));
            }
        }
    }
    text
}

fn style(rows: &[Row], index: usize) -> Style {
    match index + 1 == rows.len() {
        true => BAD,
        false if rows[index].scripted => DIM,
        false => Style::new(),
    }
}

/// The line between the script and what the search has found.
fn boundary(rows: &[Row], index: usize) -> String {
    let scripted = rows.iter().filter(|row| row.scripted).count();
    if scripted > 0 && index == scripted {
        format!("{DIM}   -- here the scope's script ends and the search begins --{DIM:#}\n")
    } else {
        String::new()
    }
}

/// Which property broke, after which step, and what it says.
fn conclusion(shown: &Shown<'_>, width: usize) -> String {
    let PropertyInfo { name, kind, statement } = shown.property;
    let what = match kind {
        Kind::Always => "is broken",
        Kind::Sometimes => "is reached",
    };
    let steps = shown.path.len() - shown.prefix_steps;
    let script = match shown.prefix_steps {
        0 => String::new(),
        prefix => format!(" (behind a script of {})", counted(prefix as u64, "step")),
    };
    let place = match (steps, shown.path.steps.last()) {
        (0, _) | (_, None) => format!("at the beginning{script}"),
        (_, Some((event, _))) => format!("after step {steps}{script}, \"{}\"", event.label),
    };
    let first = paragraph("", &format!("`{name}` {what} {place}."), width);
    let statement = statement.trim_end_matches('.');
    let says = paragraph("", &format!("It says: {statement}."), width);
    format!("{BAD}{}{BAD:#}\n{says}", first.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_shared_fairly() {
        assert_eq!(share(60, &[10, 20, 30]), Some(vec![10, 20, 30]));
        assert_eq!(share(60, &[10, 90, 90]), Some(vec![10, 25, 25]));
        assert_eq!(share(30, &[90, 90]), None);
    }

    #[test]
    fn a_piece_is_broken_only_if_it_is_too_long_alone() {
        let pieces = ["term 1", "role candidate", "log [1:set x] [2:set y]"].map(str::to_owned);
        assert_eq!(
            wrap_pieces(&pieces, 16),
            ["term 1", "role candidate", "log [1:set x]", "[2:set y]"]
        );
        assert_eq!(wrap_pieces(&pieces[..2], 22), ["term 1  role candidate"]);
    }
}
