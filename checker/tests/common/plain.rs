//! An oracle for stateright's actor models. What tells two states apart is written down here, part
//! by part: stateright's own `Hash` takes some that differ for one.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hash::Hash;
use std::mem::{Discriminant, discriminant};

use checker::Report;
use checker::oracle::Exploration;
use stateright::actor::{
    Actor, ActorModel, ActorModelAction, ActorModelState, Envelope, Id, Network,
};
use stateright::{Expectation, Model};

pub type ActionOf<A> =
    ActorModelAction<<A as Actor>::Msg, <A as Actor>::Timer, <A as Actor>::Random>;

/// Of one actor: the state, its timers, its choices, whether it is crashed, what it has stored.
type Local = (String, Vec<String>, Vec<String>, bool, String);

/// Everything in a state, in an order that does not depend on how it came about.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Complete {
    actors: Vec<Local>,
    /// The messages with their copies, or the queues.
    network: BTreeMap<(Id, Id, String), usize>,
    last_delivered: String,
    history: String,
}

/// The state in full. Whatever `Debug` prints of a state, a message or a history must be all of it.
pub fn complete<A, H>(state: &ActorModelState<A, H>) -> Complete
where
    A: Actor,
    H: std::fmt::Debug,
{
    let sorted = |mut texts: Vec<String>| {
        texts.sort_unstable();
        texts
    };
    let actor = |slot: usize| {
        let timers = state.timers_set[slot].iter().map(|timer| format!("{timer:?}"));
        let choices = state.random_choices[slot].map.iter();
        let choices = choices.map(|choice| format!("{choice:?}"));
        (
            format!("{:?}", state.actor_states[slot]),
            sorted(timers.collect()),
            sorted(choices.collect()),
            state.crashed[slot],
            format!("{:?}", state.actor_storages[slot]),
        )
    };
    let text =
        |envelope: &Envelope<A::Msg>| (envelope.src, envelope.dst, format!("{:?}", envelope.msg));
    let mut last_delivered = String::new();
    let network = match &state.network {
        Network::UnorderedDuplicating(set, last) => {
            last_delivered = format!("{last:?}");
            set.iter().map(|envelope| (text(envelope), 1)).collect()
        }
        Network::UnorderedNonDuplicating(copies) => {
            copies.iter().map(|(envelope, copies)| (text(envelope), *copies)).collect()
        }
        Network::Ordered(queues) => queues
            .iter()
            .map(|((src, dst), queue)| ((*src, *dst, format!("{queue:?}")), 0))
            .collect(),
    };
    let history = format!("{:?}", state.history);
    let actors = (0..state.actor_states.len()).map(actor).collect();
    Complete { actors, network, last_delivered, history }
}

/// How often each kind of action was taken.
pub type Taken<A> = HashMap<Discriminant<ActionOf<A>>, u64>;

/// What a plain exploration of an actor model finds.
pub struct Found<A: Actor> {
    pub truth: Exploration,
    pub taken: Taken<A>,
    /// How many actors ever have a timer set, and how many a choice to make.
    pub with_timers: usize,
    pub with_choices: usize,
}

/// Explores everything, or gives up (`None`) beyond `most` distinct states.
pub fn explore<A, C, H>(model: &ActorModel<A, C, H>, most: usize) -> Option<Found<A>>
where
    A: Actor<Msg: Ord, Timer: Ord>,
    C: Clone,
    H: Clone + std::fmt::Debug + Hash,
{
    let mut shown: Vec<_> = model.properties.iter().map(|p| (p.name, None)).collect();
    let mut seen = std::collections::HashSet::new();
    let mut queue = VecDeque::new();
    let (mut generated, mut depth) = (0, 0);
    let mut taken = Taken::<A>::new();
    let mut busy = vec![(false, false); model.actors.len()];
    let mut found: Vec<_> = model.init_states().into_iter().map(|state| (state, 0)).collect();
    loop {
        for (state, level) in found.drain(..) {
            if !model.within_boundary(&state) {
                continue;
            }
            generated += 1;
            if !seen.insert(complete(&state)) {
                continue;
            }
            depth = depth.max(level);
            for (property, (_, steps)) in model.properties.iter().zip(&mut shown) {
                let holds = (property.condition)(model, &state);
                if steps.is_none() && holds == (property.expectation != Expectation::Always) {
                    *steps = Some(level);
                }
            }
            for (slot, (timers, choices)) in busy.iter_mut().enumerate() {
                *timers |= state.timers_set[slot].iter().next().is_some();
                *choices |= !state.random_choices[slot].map.is_empty();
            }
            queue.push_back((state, level));
        }
        if seen.len() > most {
            return None;
        }
        let Some((state, level)) = queue.pop_front() else { break };
        let mut actions = Vec::new();
        model.actions(&state, &mut actions);
        for action in actions {
            let kind = discriminant(&action);
            let next = model.next_state(&state, action);
            if let Some(next) = next.filter(|next| model.within_boundary(next)) {
                *taken.entry(kind).or_default() += 1;
                found.push((next, level + 1));
            }
        }
    }
    Some(Found {
        truth: Exploration { distinct: seen.len() as u64, generated, depth, shown },
        taken,
        with_timers: busy.iter().filter(|busy| busy.0).count(),
        with_choices: busy.iter().filter(|busy| busy.1).count(),
    })
}

/// Walks along every path of a report on the model itself.
pub fn walk<A, C, H>(
    model: &ActorModel<A, C, H>,
    report: &Report<ActorModelState<A, H>, ActionOf<A>>,
) where
    A: Actor<Msg: Ord, Timer: Ord>,
    C: Clone,
    H: Clone + std::fmt::Debug + Hash,
{
    for (property, reported) in model.properties.iter().zip(&report.properties) {
        let Some(path) = &reported.path else { continue };
        let mut state = model.init_states().swap_remove(0);
        assert!(complete(&state) == complete(&path.initial), "`{}`", property.name);
        for (action, next) in &path.steps {
            let mut actions = Vec::new();
            model.actions(&state, &mut actions);
            assert!(actions.contains(action), "{action:?} on the path to `{}`", property.name);
            state = model.next_state(&state, action.clone()).expect("a next state");
            assert!(complete(&state) == complete(next), "{action:?} comes to something else");
            assert!(model.within_boundary(&state), "{action:?} leaves the boundary");
        }
        let holds = (property.condition)(model, &state);
        assert_eq!(holds, property.expectation != Expectation::Always, "`{}`", property.name);
    }
}

/// How often each kind of action was taken, by a report.
pub fn taken<A: Actor, S>(report: &Report<S, ActionOf<A>>) -> Taken<A> {
    let mut taken = Taken::<A>::new();
    for (action, times) in report.coverage.iter().filter(|(_, times)| *times > 0) {
        *taken.entry(discriminant(action)).or_default() += times;
    }
    taken
}
