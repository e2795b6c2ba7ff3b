//! How a protocol describes itself.

use checker::system::{self, Cue, Kind, System};
use stateright::actor::Actor;

use super::bounds::{BoundSet, BoundSpec};
use super::coverage::TimerOf;
use super::instance::{Instance, Typed};
use super::request::{Request, RequestError, resolve};
use super::view::{compact, json, top_level_fields};

/// A finite instance of a protocol.
#[derive(Clone, Debug)]
pub struct Scope<B> {
    /// Its name for `--scope`.
    pub name: &'static str,
    /// What it is for, and about how large it is.
    pub summary: &'static str,
    /// Its bounds.
    pub bounds: B,
    /// What has already happened when it begins.
    pub script: Vec<Cue>,
}

/// A seeded bug: one wrong line, switched on by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bug {
    /// Its name for `--bug`.
    pub name: &'static str,
    /// The property that it violates first.
    pub breaks: &'static str,
    /// The scope in which it is found in under a minute.
    pub scope: &'static str,
    /// What the code does wrong.
    pub summary: &'static str,
    /// What a real system did wrong in this way, where we know of one.
    pub seen_in: &'static str,
}

/// What a protocol says of itself. The first scope named `default` is the one that is checked when
/// none is named.
pub trait Describe: Send + Sync + 'static {
    /// The algorithm.
    type Protocol: system::Protocol;
    /// Its bounds.
    type Bounds: BoundSet;

    /// Its name on the command line.
    const NAME: &'static str;
    /// The paper that it follows.
    const PAPER: &'static str;
    /// What it is, in a sentence.
    const SUMMARY: &'static str;

    /// Its scopes.
    fn scopes(&self) -> Vec<Scope<Self::Bounds>>;

    /// Its seeded bugs.
    fn bugs(&self) -> &'static [Bug];

    /// The algorithm within these bounds, with this bug. `bug` is a name from [`Describe::bugs`].
    fn protocol(&self, bounds: &Self::Bounds, bug: Option<&'static str>) -> Self::Protocol;

    /// What makes these bounds impossible together, in a sentence.
    ///
    /// # Errors
    /// That sentence.
    fn validate(&self, bounds: &Self::Bounds) -> Result<(), String> {
        let _ = bounds;
        Ok(())
    }

    /// The variants of the messages that actors send each other, so that a search can say which of
    /// them never arrived. Without them it says which did.
    fn message_kinds(&self) -> &'static [&'static str] {
        &[]
    }

    /// One timer of each variant, so that a search can say which never fired.
    fn timers(&self) -> Vec<TimerOf<Self>> {
        Vec::new()
    }

    /// The name of an actor for people.
    fn actor_name(&self, index: usize) -> String {
        format!("S{}", index + 1)
    }

    /// A message in a few words.
    fn message_label(&self, message: &MessageOf<Self>) -> String {
        compact(&json(message))
    }

    /// A local state as fields for a terminal, in a few characters each.
    fn fields(&self, state: &StateOf<Self>) -> Vec<(String, String)> {
        top_level_fields(&json(state))
    }
}

type MessageOf<D> = <<<D as Describe>::Protocol as system::Protocol>::Actor as Actor>::Msg;
type StateOf<D> = <<<D as Describe>::Protocol as system::Protocol>::Actor as Actor>::State;

/// A scope without its types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeInfo {
    /// Its name.
    pub name: &'static str,
    /// What it is for.
    pub summary: &'static str,
    /// The name and value of each bound.
    pub bounds: Vec<(&'static str, u8)>,
    /// How many events have happened when it begins.
    pub prefix_steps: usize,
}

/// A property without its condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PropertyInfo {
    /// Its name.
    pub name: &'static str,
    /// `always` or `sometimes`.
    pub kind: Kind,
    /// What it says.
    pub statement: &'static str,
}

/// A protocol in the registry, without its types. Whatever implements [`Describe`] is one.
pub trait Listed: Send + Sync {
    /// Its name on the command line.
    fn name(&self) -> &'static str;
    /// The paper that it follows.
    fn paper(&self) -> &'static str;
    /// What it is, in a sentence.
    fn summary(&self) -> &'static str;
    /// What can be set with `--set`.
    fn bounds(&self) -> &'static [BoundSpec];
    /// Its scopes.
    fn scopes(&self) -> Vec<ScopeInfo>;
    /// The properties that its `default` scope is held to.
    fn properties(&self) -> Vec<PropertyInfo>;
    /// Its seeded bugs.
    fn bugs(&self) -> &'static [Bug];
    /// The finite instance that is asked for.
    ///
    /// # Errors
    /// A name that does not exist, a bound out of its range, or bounds that are impossible
    /// together.
    fn instance(&'static self, request: &Request) -> Result<Box<dyn Instance>, RequestError>;
}

impl<D: Describe> Listed for D {
    fn name(&self) -> &'static str {
        D::NAME
    }

    fn paper(&self) -> &'static str {
        D::PAPER
    }

    fn summary(&self) -> &'static str {
        D::SUMMARY
    }

    fn bounds(&self) -> &'static [BoundSpec] {
        D::Bounds::SPECS
    }

    fn scopes(&self) -> Vec<ScopeInfo> {
        let info = |scope: Scope<D::Bounds>| ScopeInfo {
            name: scope.name,
            summary: scope.summary,
            bounds: named(&scope.bounds),
            prefix_steps: scope.script.len(),
        };
        Describe::scopes(self).into_iter().map(info).collect()
    }

    fn properties(&self) -> Vec<PropertyInfo> {
        use system::Protocol;
        let scopes = Describe::scopes(self);
        let default = scopes.into_iter().find(|scope| scope.name == "default");
        let bounds = default.map_or_else(D::Bounds::default, |scope| scope.bounds);
        let protocol = self.protocol(&bounds, None);
        let info = |property: &system::Property<D::Protocol>| PropertyInfo {
            name: property.name,
            kind: property.kind,
            statement: property.statement,
        };
        protocol.properties().iter().map(info).collect()
    }

    fn bugs(&self) -> &'static [Bug] {
        Describe::bugs(self)
    }

    fn instance(&'static self, request: &Request) -> Result<Box<dyn Instance>, RequestError> {
        let (scope, bug) = resolve(self, request)?;
        let system = System::new(self.protocol(&scope.bounds, bug.map(|bug| bug.name)))
            .and_then(|system| system.behind(&scope.script))
            .map_err(|error| RequestError::Impossible { reason: error.to_string() })?;
        Ok(Box::new(Typed::new(self, scope, bug, system)))
    }
}

/// Bounds by name.
pub(super) fn named<B: BoundSet>(bounds: &B) -> Vec<(&'static str, u8)> {
    B::SPECS.iter().map(|spec| spec.name).zip(bounds.values()).collect()
}
