//! The state of a system. Every `Hash` and `Eq` here is derived and complete.

use std::sync::Arc;

use derive_where::derive_where;
use serde::{Serialize, Serializer};
use stateright::actor::{Actor, Id};

use super::Protocol;
use super::network::Network;
use super::renaming::Unordered;

/// What one actor is at a moment: running or crashed, and what it has stored.
#[derive_where(Clone, Debug; A::State, A::Timer, A::Random, A::Storage)]
#[derive_where(PartialEq, Eq, Hash; A::State, A::Timer, A::Random, A::Storage)]
pub struct Local<A: Actor> {
    /// `None` while the actor is crashed: all that it had in memory is gone.
    pub running: Option<Running<A>>,
    /// What the actor has saved, which a crash leaves alone.
    pub storage: Option<A::Storage>,
}

/// What a running actor has in memory.
#[derive_where(Clone, Debug; A::State, A::Timer, A::Random)]
#[derive_where(PartialEq, Eq, Hash; A::State, A::Timer, A::Random)]
pub struct Running<A: Actor> {
    /// Its local state.
    pub state: A::State,
    /// The timers that are set, sorted.
    pub timers: Vec<A::Timer>,
    /// The random choices that are open, sorted by their keys.
    pub choices: Vec<(String, Vec<A::Random>)>,
}

/// What has been spent, in total over the run, of what the environment may do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct Spent {
    /// Crashes so far.
    pub crashes: u8,
    /// Restarts so far.
    pub restarts: u8,
    /// Messages lost so far.
    pub losses: u8,
    /// Messages duplicated so far.
    pub duplicates: u8,
    /// Client commands issued so far.
    pub commands: u8,
    /// How often each limited timer has fired.
    pub timers: Vec<u8>,
}

/// The state of a whole system.
#[derive_where(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SystemState<P: Protocol> {
    /// Each actor, by index.
    pub locals: Vec<Arc<Local<P::Actor>>>,
    /// The messages in flight.
    pub network: Network<<P::Actor as Actor>::Msg>,
    /// The auxiliary history.
    pub aux: Arc<P::Aux>,
    /// What has been spent of the environment's bounds.
    pub spent: Spent,
}

impl<P: Protocol> SystemState<P> {
    /// The local state of an actor, unless it is crashed or there is no such actor.
    pub fn state_of(&self, actor: Id) -> Option<&<P::Actor as Actor>::State> {
        let local = self.locals.get(usize::from(actor))?;
        Some(&local.running.as_ref()?.state)
    }

    /// The actors that run.
    pub fn running(&self) -> impl Iterator<Item = (Id, &<P::Actor as Actor>::State)> {
        self.locals
            .iter()
            .enumerate()
            .filter_map(|(index, local)| Some((Id::from(index), &local.running.as_ref()?.state)))
    }
}

// serde's derive would ask that the actor itself be `Serialize`.
impl<A: Actor> Serialize for Local<A>
where
    A::State: Serialize,
    A::Timer: Serialize,
    A::Random: Serialize,
    A::Storage: Serialize,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut fields = serializer.serialize_struct("Local", 5)?;
        let running = self.running.as_ref();
        fields.serialize_field("crashed", &running.is_none())?;
        fields.serialize_field("state", &running.map(|running| &running.state))?;
        fields.serialize_field("timers", &running.map(|running| Unordered(&running.timers)))?;
        fields.serialize_field("choices", &running.map(|running| &running.choices))?;
        fields.serialize_field("storage", &self.storage)?;
        fields.end()
    }
}
