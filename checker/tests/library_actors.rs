//! stateright's actor systems through the library: what may be declared of their properties
//! changes no answer.

#![allow(clippy::owned_cow)] // The handlers have the signature that stateright gives them.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use checker::search::ActorReport;
use checker::{Engine, Quorate, QuorateActors, SearchError, Verdict};
use stateright::actor::register::{RegisterActor, RegisterMsg};
use stateright::actor::{
    Actor, ActorModel, ActorModelAction, ActorModelState, Envelope, Id, LossyNetwork, Network, Out,
    model_timeout,
};
use stateright::semantics::LinearizabilityTester;
use stateright::semantics::register::Register;
use stateright::{Checker, Expectation, Model};

// ---- Tickets -----------------------------------------------------------------------------------

/// A hall with desks that hand out numbered tickets, and guests who ask one of them.
enum Hall {
    Desk,
    Guest { asks: usize },
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Note {
    Ask,
    Ticket(u8),
}

/// A desk's state is how many tickets it has handed out; a guest's is the ticket.
impl Actor for Hall {
    type Msg = Note;
    type State = u8;
    type Timer = ();
    type Storage = ();
    type Random = ();

    fn on_start(&self, _: Id, _: &Option<()>, out: &mut Out<Self>) -> u8 {
        if let Hall::Guest { asks } = self {
            out.send(Id::from(*asks), Note::Ask);
        }
        0
    }

    fn on_msg(&self, _: Id, state: &mut Cow<u8>, from: Id, note: Note, out: &mut Out<Self>) {
        match note {
            Note::Ask => {
                *state.to_mut() += 1;
                out.send(from, Note::Ticket(**state));
            }
            Note::Ticket(number) => *state.to_mut() = number,
        }
    }
}

type Tickets = ActorModel<Hall, (), Vec<u8>>;

fn are_unique(tickets: &[u8]) -> bool {
    tickets.iter().enumerate().all(|(index, ticket)| !tickets[..index].contains(ticket))
}

/// Three guests. The history has the tickets that were handed out.
fn hall(desks: usize) -> Tickets {
    ActorModel::new((), Vec::new())
        .actors((0..desks).map(|_| Hall::Desk))
        .actors((0..3).map(|guest| Hall::Guest { asks: guest % desks }))
        .init_network(Network::new_unordered_nonduplicating([]))
        .lossy_network(LossyNetwork::Yes)
        .record_msg_out(|_, tickets, sent: Envelope<&Note>| match sent.msg {
            Note::Ask => None,
            Note::Ticket(number) => Some([&tickets[..], &[*number]].concat()),
        })
        .property(Expectation::Always, "unique", |_, state| are_unique(&state.history))
        .property(Expectation::Sometimes, "all served", |_, state| state.history.len() == 3)
}

#[test]
fn one_desk_is_right_in_every_way_of_asking() {
    let theirs = hall(1).checker().spawn_bfs().join();
    let whole = hall(1).quorate().spawn().join();
    let actors = hall(1).quorate_actors().spawn().join();
    let declared = hall(1)
        .quorate_actors()
        .reads_history("unique", |tickets| are_unique(tickets))
        .reads_history("all served", |tickets| tickets.len() == 3)
        .spawn()
        .join();
    for ours in [&whole, &actors, &declared] {
        ours.assert_properties();
        assert_eq!(ours.state_count(), theirs.state_count());
        assert_eq!(ours.unique_state_count(), theirs.unique_state_count());
        assert_eq!(ours.max_depth(), theirs.max_depth());
        // Three requests are enough; the tickets need not arrive.
        assert_eq!(ours.assert_any_discovery("all served").into_actions().len(), 3);
    }
}

#[test]
fn two_desks_are_wrong_in_every_way_of_asking() {
    let whole = hall(2).quorate().threads(2).spawn().join();
    let actors = hall(2).quorate_actors().threads(1).spawn().join();
    let declared = hall(2)
        .quorate_actors()
        .reads_history("unique", |tickets| are_unique(tickets))
        .spawn()
        .join();
    for ours in [&whole, &actors, &declared] {
        let path = ours.assert_any_discovery("unique");
        assert_eq!(path.last_state().history, [1, 1]);
        assert_eq!(path.into_actions().len(), 2);
        let ask = |guest: usize, desk: usize| ActorModelAction::Deliver {
            src: Id::from(guest),
            dst: Id::from(desk),
            msg: Note::Ask,
        };
        ours.assert_discovery("unique", vec![ask(2, 0), ask(3, 1)]);
        assert!(catch_unwind(AssertUnwindSafe(|| ours.assert_properties())).is_err());
    }
}

type Boundary = fn(&(), &ActorModelState<Hall, Vec<u8>>) -> bool;

/// Networks of each kind, with and without loss and a boundary.
fn halls() -> Vec<(String, Tickets)> {
    let mut halls = Vec::new();
    let networks = [
        Network::new_unordered_nonduplicating([]),
        Network::new_unordered_duplicating([]),
        Network::new_ordered([]),
    ];
    for network in networks {
        for lossy in [LossyNetwork::No, LossyNetwork::Yes] {
            // Where messages arrive again and again, there would be no end without one.
            let boundaries: [Boundary; 2] =
                [|_, state| state.history.len() <= 2, |_, state| state.history.len() <= 4];
            for (number, boundary) in boundaries.into_iter().enumerate() {
                let loses = matches!(lossy, LossyNetwork::Yes);
                let name = format!("{network:?}, lossy: {loses}, boundary {number}");
                let hall = hall(2).init_network(network.clone()).lossy_network(lossy);
                halls.push((name, hall.within_boundary(boundary)));
            }
        }
    }
    halls
}

#[test]
fn our_engines_agree_on_actors_exactly_and_not() {
    for (name, _) in halls() {
        let hall = || halls().into_iter().find(|hall| hall.0 == name).expect("it is there").1;
        let truth = hall().quorate().exact().keep_going().report().expect("a report");
        assert!(truth.complete && truth.distinct > 20, "{name}");
        for engine in [Engine::Quorate, Engine::QuorateDfs] {
            for exact in [false, true] {
                let search = hall().quorate_actors().engine(engine).keep_going().coverage();
                let search = if exact { search.exact() } else { search };
                let report = search.report().expect("a report");
                let what = format!("{name}, {engine}, exact: {exact}");
                let counts = |report: &ActorReport<_, _>| (report.distinct, report.generated);
                assert_eq!(counts(&report), counts(&truth), "{what}");
                assert_eq!((report.exact, report.verdict), (exact, truth.verdict), "{what}");
                let taken: u64 = report.coverage.iter().map(|(_, times)| times).sum();
                assert_eq!(taken, report.generated - 1, "{what}");
            }
        }
        let walks = hall().quorate_actors().engine(Engine::QuorateSimulation);
        let report = walks.max_states(500).threads(1).report().expect("a report");
        assert_eq!(report.verdict, truth.verdict, "{name}");
        assert!(!report.complete);
    }
}

#[test]
fn a_report_of_actors() {
    let search = hall(1)
        .quorate_actors()
        .reads_history("unique", |tickets| are_unique(tickets))
        .max_depth(2);
    let report = search.report().expect("a report");
    assert_eq!((report.verdict, report.depth), (Verdict::Inconclusive, 2));
    let report = hall(2).quorate_actors().report().expect("a report");
    assert_eq!((report.verdict, report.depth), (Verdict::Violated, 2));
    assert_eq!(search.model().actors.len(), 4);
}

#[test]
fn only_a_property_of_the_model_can_be_declared() {
    let search = hall(1).quorate_actors();
    let declare = AssertUnwindSafe(|| search.reads_history("uniqe", |tickets| are_unique(tickets)));
    let payload = catch_unwind(declare).err().expect("a panic");
    let text = payload.downcast_ref::<String>().expect("a text");
    assert_eq!(text, "there is no property `uniqe`, but [\"unique\", \"all served\"]");
}

#[test]
fn an_eventually_of_actors_is_refused() {
    let model = hall(1).property(Expectation::Eventually, "closed", |_, _| false);
    let error = model.quorate_actors().report().expect_err("an error");
    assert_eq!(error, SearchError::Eventually { name: "closed" });
}

// ---- Two timers --------------------------------------------------------------------------------

/// Has a timer that fires once, and nothing comes of it.
struct Egg;

impl Actor for Egg {
    type Msg = ();
    type State = ();
    type Timer = ();
    type Storage = ();
    type Random = ();

    fn on_start(&self, _: Id, _: &Option<()>, out: &mut Out<Self>) {
        out.set_timer((), model_timeout());
    }
}

/// Either timer may fire first, so that there are four states; with the first still set and the
/// second not, a property is violated.
fn two_eggs() -> ActorModel<Egg> {
    ActorModel::new((), ())
        .actors([Egg, Egg])
        .property(Expectation::Always, "the first is done first", |_, state| {
            let [first, second] = [0, 1].map(|egg| state.timers_set[egg].iter().count());
            first <= second
        })
        .property(Expectation::Always, "the second is done first", |_, state| {
            let [first, second] = [0, 1].map(|egg| state.timers_set[egg].iter().count());
            second <= first
        })
}

/// stateright hashes no lengths: one timer of the first actor looks like one of the second.
#[test]
fn timers_of_different_actors_are_told_apart() {
    let theirs = two_eggs().checker().spawn_bfs().join();
    assert_eq!(theirs.unique_state_count(), 3, "stateright alone takes two states for one");
    assert!(theirs.discoveries().len() < 2, "and misses a violation");

    for threads in [1, 2] {
        let ours = two_eggs().quorate_actors().threads(threads).keep_going().spawn().join();
        assert_eq!((ours.unique_state_count(), ours.state_count()), (4, 5));
        for name in ["the first is done first", "the second is done first"] {
            assert_eq!(ours.assert_any_discovery(name).into_actions().len(), 1);
        }
    }
}

// ---- A register --------------------------------------------------------------------------------

/// Keeps a value and tells nobody.
#[derive(Clone)]
struct Cell;

impl Actor for Cell {
    type Msg = RegisterMsg<u64, char, ()>;
    type State = char;
    type Timer = ();
    type Storage = ();
    type Random = ();

    fn on_start(&self, _: Id, _: &Option<()>, _: &mut Out<Self>) -> char {
        '-'
    }

    fn on_msg(&self, _: Id, value: &mut Cow<char>, from: Id, msg: Self::Msg, o: &mut Out<Self>) {
        match msg {
            RegisterMsg::Put(request, new) => {
                *value.to_mut() = new;
                o.send(from, RegisterMsg::PutOk(request));
            }
            RegisterMsg::Get(request) => o.send(from, RegisterMsg::GetOk(request, **value)),
            _ => {}
        }
    }
}

type History = LinearizabilityTester<Id, Register<char>>;

/// So many cells that know nothing of each other, and two clients that use them as one register.
fn register(cells: usize) -> ActorModel<RegisterActor<Cell>, (), History> {
    ActorModel::new((), LinearizabilityTester::new(Register('-')))
        .actors((0..cells).map(|_| RegisterActor::Server(Cell)))
        .actors((0..2).map(|_| RegisterActor::Client { put_count: 1, server_count: cells }))
        .init_network(Network::new_unordered_nonduplicating([]))
        .record_msg_in(RegisterMsg::record_returns)
        .record_msg_out(RegisterMsg::record_invocations)
        .property(Expectation::Always, "linearizable", |_, state| is_linearizable(&state.history))
}

fn is_linearizable(history: &History) -> bool {
    history.serialized_history().is_some()
}

/// stateright's register is not `Eq`, and so its histories are not; whole states need not be.
#[test]
fn a_history_may_be_judged_by_stateright() {
    let theirs = register(1).checker().spawn_bfs().join();
    let ours = register(1).quorate().spawn().join();
    ours.assert_properties();
    assert_eq!(ours.unique_state_count(), theirs.unique_state_count());

    let path = register(2).quorate().spawn().join().assert_any_discovery("linearizable");
    assert!(!is_linearizable(&path.last_state().history));
    let theirs = register(2).checker().spawn_bfs().join();
    let theirs = theirs.discovery("linearizable").expect("a discovery");
    assert!(path.into_actions().len() <= theirs.into_actions().len());
}
