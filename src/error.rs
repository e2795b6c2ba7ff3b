//! What a run of the program comes to: an exit code, or a failure that says what, where, and what
//! was probably meant.

use checker::SearchError;
use models::registry::RequestError;

/// How the process ends. The numbers are part of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything holds, or there was nothing to judge.
    Holds,
    /// Something is violated.
    Violated,
    /// Wrong usage, wrong input, or a mistake in the program.
    Failed,
    /// A limit came first.
    Inconclusive,
}

impl Exit {
    pub(crate) fn code(self) -> u8 {
        match self {
            Exit::Holds => 0,
            Exit::Violated => 1,
            Exit::Failed => 2,
            Exit::Inconclusive => 3,
        }
    }
}

impl From<checker::Verdict> for Exit {
    fn from(verdict: checker::Verdict) -> Exit {
        match verdict {
            checker::Verdict::Holds => Exit::Holds,
            checker::Verdict::Violated => Exit::Violated,
            checker::Verdict::Inconclusive => Exit::Inconclusive,
        }
    }
}

/// What sort of failure it is, for programs that read the JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The arguments make no sense.
    Usage,
    /// A protocol, scope, bug, bound or engine that does not exist.
    UnknownName,
    /// A bound out of its range, or bounds that are impossible together.
    Bounds,
    /// A file that cannot be read, written or understood.
    File,
    /// The model panicked, is not deterministic, or cannot be judged.
    Model,
    /// A counterexample that was executed and does not show what it says.
    NotConfirmed,
    /// A mistake in this program.
    Internal,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Usage => "usage",
            Kind::UnknownName => "unknown-name",
            Kind::Bounds => "bounds",
            Kind::File => "file",
            Kind::Model => "model",
            Kind::NotConfirmed => "not-confirmed",
            Kind::Internal => "internal",
        }
    }
}

/// Why there is no result. Always exit code 2.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) kind: Kind,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

impl Failure {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Failure {
        Failure { kind, message: message.into(), hint: None }
    }

    pub(crate) fn hint(self, hint: impl Into<String>) -> Failure {
        Failure { hint: Some(hint.into()), ..self }
    }

    /// The same failure, in this file.
    pub(crate) fn in_file(self, path: &std::path::Path) -> Failure {
        Failure { message: format!("{}: {}", path.display(), self.message), ..self }
    }

    /// What clap says, taken apart: the first paragraph is the message, and the rest helps.
    pub(crate) fn usage(error: &clap::Error) -> Failure {
        let text = error.render().to_string();
        let mut paragraphs = text.trim().split("\n\n");
        let first = paragraphs.next().unwrap_or("the arguments make no sense");
        let message = first.strip_prefix("error: ").unwrap_or(first);
        let rest: Vec<_> = paragraphs.map(squeeze).collect();
        let failure = Failure::new(Kind::Usage, squeeze(message));
        if rest.is_empty() { failure } else { failure.hint(rest.join("\n")) }
    }
}

/// One line of a paragraph of several.
fn squeeze(text: &str) -> String {
    text.lines().map(str::trim).collect::<Vec<_>>().join(" ").replacen("tip: ", "", 1)
}

impl From<RequestError> for Failure {
    fn from(error: RequestError) -> Failure {
        let kind = match &error {
            RequestError::Unknown { .. } => Kind::UnknownName,
            RequestError::OutOfRange { .. }
            | RequestError::Twice(_)
            | RequestError::Impossible { .. } => Kind::Bounds,
        };
        Failure { kind, message: error.to_string(), hint: error.hint() }
    }
}

impl From<SearchError> for Failure {
    fn from(error: SearchError) -> Failure {
        let kind = match error {
            SearchError::Symmetry { .. } => Kind::Usage,
            _ => Kind::Model,
        };
        let failure = Failure::new(kind, error.to_string());
        match (error, crate::cli::last_panic()) {
            (SearchError::Panicked { .. }, Some(place)) => failure.hint(format!(
                "the panic was: {place}. This is not a verdict: nothing is known of the properties"
            )),
            (SearchError::Symmetry { .. }, _) => failure.hint("leave --symmetry out"),
            _ => failure,
        }
    }
}
