//! What a user asks for by name, and what they are told when there is no such thing.

use super::bounds::BoundSet;
use super::describe::{Bug, Describe, Listed, Scope};

/// A finite instance of a protocol, by names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The scope; without one, the scope of the bug, or `default`.
    pub scope: Option<String>,
    /// Bounds that differ from the scope's, as `(name, value)`.
    pub set: Vec<(String, String)>,
    /// The seeded bug to switch on.
    pub bug: Option<String>,
}

/// Why there is no such instance.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// A name that is not in a list.
    #[error("there is no {what} `{name}`; there is {known}")]
    Unknown {
        /// What was named.
        what: &'static str,
        /// How.
        name: String,
        /// What there is.
        known: String,
        /// The name that was probably meant.
        nearest: Option<String>,
    },
    /// A bound set to something that is not a number within its range.
    #[error("the bound `{name}` cannot be `{value}`; it is a whole number from {min} to {max}")]
    OutOfRange {
        /// The bound.
        name: &'static str,
        /// What it was set to.
        value: String,
        /// The smallest value.
        min: u8,
        /// The largest value.
        max: u8,
    },
    /// A bound set twice.
    #[error("the bound `{0}` is set twice")]
    Twice(&'static str),
    /// Bounds that make no sense together.
    #[error("these bounds are impossible: {reason}")]
    Impossible {
        /// Why.
        reason: String,
    },
}

impl RequestError {
    /// What the user probably meant.
    pub fn hint(&self) -> Option<String> {
        match self {
            RequestError::Unknown { nearest: Some(nearest), .. } => {
                Some(format!("did you mean `{nearest}`?"))
            }
            _ => None,
        }
    }
}

/// The nearest of some names, if it is near enough to have been meant.
pub fn nearest<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    names
        .into_iter()
        .map(|known| (strsim::damerau_levenshtein(name, known), known))
        .filter(|(distance, known)| *distance <= known.len().max(name.len()) / 2)
        .min()
        .map(|(_, known)| known)
}

fn unknown<'a>(
    what: &'static str,
    name: &str,
    names: impl Iterator<Item = &'a str> + Clone,
) -> RequestError {
    let known: Vec<_> = names.clone().collect();
    RequestError::Unknown {
        what,
        name: name.to_owned(),
        nearest: nearest(name, names).map(str::to_owned),
        known: if known.is_empty() { "none".to_owned() } else { known.join(", ") },
    }
}

/// The protocol of that name.
///
/// # Errors
/// When the registry has none.
pub fn find(
    registry: &'static [&'static dyn Listed],
    name: &str,
) -> Result<&'static dyn Listed, RequestError> {
    registry
        .iter()
        .find(|protocol| protocol.name() == name)
        .copied()
        .ok_or_else(|| unknown("protocol", name, registry.iter().map(|protocol| protocol.name())))
}

/// The scope with the bounds that are asked for, and the bug.
pub(super) fn resolve<D: Describe>(
    protocol: &D,
    request: &Request,
) -> Result<(Scope<D::Bounds>, Option<Bug>), RequestError> {
    let bugs = Describe::bugs(protocol);
    let bug = match &request.bug {
        None => None,
        Some(name) => {
            let found = bugs.iter().find(|bug| bug.name == name).copied();
            Some(found.ok_or_else(|| unknown("bug", name, bugs.iter().map(|bug| bug.name)))?)
        }
    };
    let name = request.scope.as_deref().or(bug.map(|bug| bug.scope)).unwrap_or("default");
    let scopes = Describe::scopes(protocol);
    let mut scope = scopes
        .iter()
        .find(|scope| scope.name == name)
        .cloned()
        .ok_or_else(|| unknown("scope", name, scopes.iter().map(|scope| scope.name)))?;
    let mut set = Vec::new();
    for (name, value) in &request.set {
        let index = set_bound(&mut scope.bounds, name, value)?;
        if set.contains(&index) {
            return Err(RequestError::Twice(D::Bounds::SPECS[index].name));
        }
        set.push(index);
    }
    protocol.validate(&scope.bounds).map_err(|reason| RequestError::Impossible { reason })?;
    Ok((scope, bug))
}

fn set_bound<B: BoundSet>(bounds: &mut B, name: &str, value: &str) -> Result<usize, RequestError> {
    let index = B::SPECS
        .iter()
        .position(|spec| spec.name == name)
        .ok_or_else(|| unknown("bound", name, B::SPECS.iter().map(|spec| spec.name)))?;
    let spec = &B::SPECS[index];
    let number = value.parse().ok().filter(|number| (spec.min..=spec.max).contains(number));
    let number = number.ok_or_else(|| RequestError::OutOfRange {
        name: spec.name,
        value: value.to_owned(),
        min: spec.min,
        max: spec.max,
    })?;
    bounds.set(index, number);
    Ok(index)
}
