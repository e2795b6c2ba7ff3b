//! What an actor system does, in components: the one thing that differs between our own systems
//! and stateright's.
//!
//! Everything here is asked once per combination of components and then remembered, so that it must
//! be a pure function of its arguments.

use std::hash::Hash;

use crate::fingerprint::Fingerprint;

/// The number of a component.
pub(in crate::search) type Number = u32;

/// How a link between two actors keeps messages.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::search) enum Discipline {
    /// Each copy is delivered once, in any order.
    Multiset,
    /// There are no copies, and a message stays when it is delivered.
    Set,
    /// In the order of sending, one queue for each direction.
    Queue,
}

/// What can happen to an actor.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(in crate::search) enum Happening<E> {
    /// A message arrives.
    Message(E),
    /// The timer with this index fires.
    Timeout(u32),
    /// The choice with this index is made, for the value with this index.
    Random(u32, u32),
    /// A client issues the command with this number.
    Client(u8),
    /// It crashes.
    Crash,
    /// It starts again.
    Restart,
}

/// Something that an actor may do of its own accord, or that may be done to it.
pub(in crate::search) struct OwnEvent<S> {
    pub(in crate::search) happening: Happening<Number>,
    /// What has been spent then, where that changes; or the bound that forbids it.
    pub(in crate::search) spent: Result<Option<S>, &'static str>,
}

/// What becomes of a message in flight when something is spent on it.
pub(in crate::search) struct NetworkRules<S> {
    /// What has been spent after a loss, where one is possible.
    pub(in crate::search) drop: Option<S>,
    /// What has been spent after an arrival of which the network keeps a copy, or the bound that
    /// forbids it. `None` where this is never asked.
    pub(in crate::search) duplicate: Option<Result<S, &'static str>>,
}

/// What an event has done to an actor.
pub(in crate::search) struct Effect<M: Machine> {
    pub(in crate::search) local: M::Local,
    /// In the order of sending.
    pub(in crate::search) sent: Vec<M::Envelope>,
}

/// Something that an actor has done, as the history sees it.
pub(in crate::search) struct Recorded<'a, M: Machine> {
    pub(in crate::search) slot: usize,
    pub(in crate::search) happening: Happening<&'a M::Envelope>,
    pub(in crate::search) before: &'a M::Local,
    pub(in crate::search) after: &'a M::Local,
    pub(in crate::search) sent: &'a [M::Envelope],
}

/// A component of a state, by reference.
pub(in crate::search) enum Piece<'a, M: Machine> {
    /// With its slot.
    Local(usize, &'a M::Local),
    Envelope(&'a M::Envelope),
    History(&'a M::History),
    Spent(&'a M::Spent),
}

/// A whole state, in parts.
pub(in crate::search) struct Parts<M: Machine> {
    pub(in crate::search) locals: Vec<M::Local>,
    /// Copies repeated; in the order of each queue.
    pub(in crate::search) envelopes: Vec<M::Envelope>,
    pub(in crate::search) history: M::History,
    pub(in crate::search) spent: M::Spent,
}

/// What a property reads.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::search) enum Reads {
    Local,
    Pair,
    History,
    LocalAndHistory,
    State,
}

/// A component: compared and hashed completely.
pub(in crate::search) trait Part: Clone + Eq + Hash + Send + Sync {}
impl<T: Clone + Eq + Hash + Send + Sync> Part for T {}

/// An actor system in components.
pub(in crate::search) trait Machine: Sync + Sized {
    /// The whole state of one actor.
    type Local: Part;
    /// A message with its ends.
    type Envelope: Part;
    type History: Part;
    /// What has been spent of the bounds, and whatever else belongs to nobody.
    type Spent: Part;
    type State;
    type Action;

    fn slots(&self) -> usize;
    fn discipline(&self) -> Discipline;
    fn initial(&self) -> Vec<Self::State>;
    fn take_apart(&self, state: &Self::State) -> Parts<Self>;
    fn put_together(&self, parts: Parts<Self>) -> Self::State;

    /// Who has sent it and who is to receive it. Either may be outside the system.
    fn ends(&self, envelope: &Self::Envelope) -> (usize, usize);
    fn is_running(&self, local: &Self::Local) -> bool;
    /// The bound that a local state lies beyond.
    fn beyond(&self, slot: usize, local: &Self::Local) -> Option<&'static str>;

    /// What comes of it; `None` when nothing does, so that it is no event.
    fn react(
        &self,
        slot: usize,
        local: &Self::Local,
        happening: Happening<&Self::Envelope>,
    ) -> Option<Effect<Self>>;
    /// Whether a message leaves the system when it is sent.
    fn leaves(&self, envelope: &Self::Envelope) -> bool;
    /// The history at the beginning of the next event, where that differs.
    fn begin_event(&self, history: &Self::History) -> Option<Self::History>;
    /// The history afterwards, where that differs.
    fn record(&self, history: &Self::History, what: &Recorded<'_, Self>) -> Option<Self::History>;

    /// What an actor may do but receive messages, in order. While somebody `has_to_restart`,
    /// nothing else happens.
    fn own_events(
        &self,
        slot: usize,
        local: &Self::Local,
        spent: &Self::Spent,
        has_to_restart: bool,
    ) -> Vec<OwnEvent<Self::Spent>>;
    /// Whether an actor in this state does nothing but receive messages, whatever has been spent.
    fn is_passive(&self, local: &Self::Local) -> bool {
        let _ = local;
        false
    }
    /// Whether an actor that is down has to start again before anything else happens.
    fn restarts_at_once(&self, spent: &Self::Spent) -> bool;
    fn network_rules(&self, spent: &Self::Spent) -> NetworkRules<Self::Spent>;
    /// Whether deliveries leave a trace in what has been spent.
    fn traces_deliveries(&self) -> bool;
    /// What has been spent after a delivery, where that differs.
    fn spent_on_delivery(&self, spent: &Self::Spent, of: &Self::Envelope) -> Option<Self::Spent>;

    /// Panics where so many copies of one message cannot be told apart.
    fn check_copies(&self, copies: usize);

    /// Whether messages can lose their meaning.
    fn purges(&self) -> bool;
    /// Whether an actor that runs may still crash and start again.
    fn may_restart(&self, spent: &Self::Spent) -> bool;
    /// Whether nothing can come of a message between these.
    fn is_dead(
        &self,
        envelope: &Self::Envelope,
        receiver: &Self::Local,
        sender: Option<&Self::Local>,
        may_restart: bool,
    ) -> bool;

    /// Notes that a bound has cut something off.
    fn note(&self, bound: &'static str);
    /// The bound that keeps a message from arriving twice, while nobody has noted it.
    fn unnoted_duplicates(&self) -> Option<&'static str>;

    fn properties(&self) -> Vec<Reads>;
    /// Whether a property of the kind that reads this is shown: an `always` violated, a `sometimes`
    /// satisfied.
    fn shown_by_local(&self, property: usize, slot: usize, local: &Self::Local) -> bool;
    fn shown_by_pair(
        &self,
        property: usize,
        first: (usize, &Self::Local),
        second: (usize, &Self::Local),
    ) -> bool;
    fn shown_by_history(&self, property: usize, history: &Self::History) -> bool;
    fn shown_by_both(
        &self,
        property: usize,
        slot: usize,
        local: &Self::Local,
        history: &Self::History,
    ) -> bool;
    fn shown_by_state(&self, property: usize, state: &Self::State) -> bool;

    /// A property of which a state says something else than its declared form.
    fn contradiction(&self, state: &Self::State) -> Option<&'static str> {
        let _ = state;
        None
    }

    /// What a property is called.
    fn property_name(&self, property: usize) -> &'static str;

    /// The slots whose actors may be renamed into each other without changing anything.
    fn interchangeable(&self) -> Vec<usize> {
        Vec::new()
    }

    /// The hash of a component with its actors renamed. Asked only where some are interchangeable.
    fn renamed(&self, piece: &Piece<'_, Self>, by: &[usize]) -> Fingerprint {
        let _ = (piece, by);
        unreachable!("no actors are interchangeable")
    }

    /// Whether states may lie outside a boundary, which is then asked of each.
    fn has_boundary(&self) -> bool;
    fn is_within(&self, state: &Self::State) -> bool;

    /// The model's action; `slot` and `local` are the actor that it happens to, if there is one.
    fn action(
        &self,
        slot: usize,
        local: Option<&Self::Local>,
        event: Event<&Self::Envelope>,
    ) -> Option<Self::Action>;
    /// The state after an action.
    fn next(&self, state: &Self::State, action: &Self::Action) -> Option<Self::State>;
}

/// An event, for the model.
#[derive(Clone, Copy, Debug)]
pub(in crate::search) enum Event<E> {
    /// A message arrives, and leaves the network as its discipline says.
    Deliver(E),
    /// A message arrives, and the network keeps a copy.
    Duplicate(E),
    /// A message is lost.
    Drop(E),
    /// Something else that happens to an actor.
    Own(Happening<E>),
}
