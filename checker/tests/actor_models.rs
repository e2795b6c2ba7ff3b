//! stateright's actor models as rows, where they are out of the ordinary: many links, many actors,
//! none at all, equal ones, and every limit.

#![allow(clippy::owned_cow)] // The handlers have the signature that stateright gives them.

mod common;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use checker::search::{Cut, Declared, PropertyVerdict, search_actors};
use checker::{Limits, Options, Verdict, Watch};
use common::compare;
use common::nodes::{COUNTER, IDLE, Node, Nodes, Note, agrees, nodes, note, run, square, ways};
use common::plain::explore;
use stateright::Expectation;
use stateright::actor::{Envelope, Id, LossyNetwork, Network, Out, model_timeout};

// ---- Shapes ------------------------------------------------------------------------------------

#[test]
fn no_actor_one_actor_no_property_one_state() {
    assert_eq!(agrees(&nodes([]), "nobody"), 1);
    assert_eq!(agrees(&nodes([IDLE]), "somebody"), 1);
    let letter = |number| Envelope { src: Id::from(7), dst: Id::from(5), msg: note(number) };
    for network in [
        Network::new_unordered_duplicating([letter(1), letter(2)]),
        Network::new_unordered_nonduplicating([letter(1), letter(1), letter(2)]),
        Network::new_ordered([letter(1), letter(2), letter(1)]),
    ] {
        let lost = nodes([])
            .init_network(network)
            .lossy_network(LossyNetwork::Yes)
            .property(Expectation::Sometimes, "all lost", |_, state| state.network.len() == 0)
            .property(Expectation::Always, "nothing", |_, state| state.history == 0);
        assert!(agrees(&lost, "nobody, and letters to nobody") >= 4);
    }
}

/// A token goes along every link between twelve actors; two of them are under way.
#[test]
fn more_links_than_there_are_bits_in_a_word() {
    fn tour(step: u32) -> (usize, usize) {
        let pairs = (0..12usize).flat_map(|a| (a + 1..12).map(move |b| (a, b)));
        pairs.cycle().nth(step as usize).expect("it goes round and round")
    }
    // Whoever holds the end of one link passes the token on to itself until it begins another.
    fn pass(id: Id, _: &mut Cow<u32>, note: Note, out: &mut Out<Node>) {
        let number = note.number;
        let (from, to) = tour(number / 2);
        let is_there = usize::from(id) == from;
        if number.is_multiple_of(2) && is_there {
            out.send(Id::from(to), self::note(number + 1));
        } else if number % 2 == 1 && number < 200 {
            out.send(Id::from(tour(number / 2 + 1).0), self::note(number + 1));
        }
    }
    let holder = Node { message: pass, ..IDLE };
    let token = |number: u32| {
        let at = Id::from(tour(number / 2).0);
        Envelope { src: at, dst: at, msg: note(number) }
    };
    for network in [
        Network::new_unordered_nonduplicating([token(0), token(60)]),
        Network::new_ordered([token(0), token(60)]),
    ] {
        let model = nodes([holder; 12]).init_network(network).property(
            Expectation::Sometimes,
            "both at the end",
            |_, state| state.network.iter_deliverable().all(|envelope| envelope.msg.number == 200),
        );
        assert!(agrees(&model, "tokens") > 5_000);
    }
}

#[test]
fn more_actors_than_rows_can_name() {
    let once = Node { timeout: |_, state, _| *state.to_mut() = 1, ..COUNTER };
    for actors in [63, 64, 65, 130] {
        let model =
            nodes(vec![once; actors]).property(Expectation::Always, "not the last", |_, state| {
                state.actor_states.last().is_none_or(|last| **last == 0)
            });
        for options in ways() {
            let report = run(&model, &options).expect("a report");
            assert_eq!((report.verdict, report.depth), (Verdict::Violated, 1), "{actors} actors");
            assert_eq!(report.distinct, actors as u64 + 1);
            assert_eq!(report.counterexample().expect("a path").1.len(), 1);
        }
    }
}

#[test]
fn more_properties_than_a_word_has_bits() {
    let names: Vec<&'static str> =
        (0..70).map(|number| &*Box::leak(format!("p{number}").into_boxed_str())).collect();
    for count in [63, 64, 65, 70] {
        let mut model = square(3);
        for name in &names[..count - 2] {
            model = model.property(Expectation::Sometimes, name, |_, state| {
                state.actor_states.iter().all(|number| **number == 3)
            });
        }
        agrees(&model, "many properties");
    }
}

/// Thousands of states in one level, of which many batches and chunks are filled by one parent.
#[test]
fn a_level_that_is_very_wide() {
    let chooser = Node {
        start: |_, out| {
            out.choose_random("which", (1..=16_000).collect());
            0
        },
        random: |state, value| *state.to_mut() = value,
        ..IDLE
    };
    let model = nodes([chooser])
        .property(Expectation::Always, "not the last", |_, state| *state.actor_states[0] < 16_000);
    assert_eq!(agrees(&model, "a wide level"), 16_001);
}

/// The first half of a level sends on one link, the second on another: rows widen on the way.
#[test]
fn rows_that_widen_within_a_chunk() {
    let chooser = Node {
        start: |_, out| {
            out.choose_random("which", (1..=700).collect());
            0
        },
        random: |state, value| *state.to_mut() = value,
        ..IDLE
    };
    // Whoever hears a number from itself tells somebody whom the number names.
    fn tell(id: Id, _: &mut Cow<u32>, heard: Note, out: &mut Out<Node>) {
        if heard.number < 4 && usize::from(id) == 0 {
            out.send(Id::from(1 + heard.number as usize), note(heard.number + 1));
            out.send(id, note(heard.number + 1));
        }
    }
    let teller = Node { message: tell, ..chooser };
    let start = Envelope { src: Id::from(0), dst: Id::from(0), msg: note(0) };
    let model = nodes([teller, IDLE, IDLE, IDLE, IDLE])
        .init_network(Network::new_unordered_nonduplicating([start]));
    assert_eq!(agrees(&model, "widening"), 5 * 701);
}

#[test]
fn a_chain_of_a_hundred_thousand_levels_and_the_path_along_it() {
    let model = nodes([COUNTER])
        .property(Expectation::Always, "small", |_, state| *state.actor_states[0] < 100_000);
    for exact in [false, true] {
        let options = Options { threads: 2, exact, ..Options::default() };
        let report = run(&model, &options).expect("a report");
        assert_eq!((report.distinct, report.depth), (100_001, 100_000));
        let (_, path) = report.counterexample().expect("a path");
        assert_eq!((path.len(), *path.last().actor_states[0]), (100_000, 100_000));
    }
}

/// What a hash leaves out is seen all the same by an exact search.
#[test]
fn messages_of_one_hash_are_told_apart_exactly() {
    fn hear(_: Id, state: &mut Cow<u32>, note: Note, _: &mut Out<Node>) {
        *state.to_mut() = **state * 4 + note.number;
    }
    let blunt = |number| Note { number, is_hashed: false };
    let speaker = Node {
        start: |_, out| {
            out.set_timer((), model_timeout());
            0
        },
        timeout: |_, state, out| {
            let number = [1, 2, 1, 3, 2][**state as usize];
            out.send(Id::from(1), Note { number, is_hashed: false });
            *state.to_mut() += 1;
            if **state < 5 {
                out.set_timer((), model_timeout());
            }
        },
        ..IDLE
    };
    let first = Envelope { src: Id::from(0), dst: Id::from(1), msg: blunt(2) };
    for network in [
        Network::new_unordered_nonduplicating([first.clone()]),
        Network::new_ordered([first.clone()]),
    ] {
        let model = nodes([speaker, Node { message: hear, ..IDLE }])
            .init_network(network)
            .lossy_network(LossyNetwork::Yes);
        exactly(&model);
    }
    let note_once = Node { message: |_, state, note, _| *state.to_mut() |= note.number, ..IDLE };
    let model = nodes([speaker, note_once])
        .init_network(Network::new_unordered_duplicating([first]))
        .lossy_network(LossyNetwork::Yes);
    exactly(&model);
}

fn exactly(model: &Nodes) {
    let truth = explore(model, 100_000).expect("a small model").truth;
    for threads in [1, 2, 4] {
        let options = Options { threads, exact: true, keep_going: true, ..Options::default() };
        compare(&run(model, &options).expect("a report"), &truth, &"one hash");
    }
}

// ---- Limits ------------------------------------------------------------------------------------

/// At the first level, at the end of a level, within one, in a batch and in a chunk, and at the last
/// state.
#[test]
fn a_limit_on_states_cuts_unless_it_is_their_number() {
    let model = square(29);
    let moments = [0, 1, 2, 3, 4, 5, 6, 7, 255, 256, 257, 434, 435, 436, 464, 465, 466, 511, 512];
    for options in ways() {
        for limit in moments.into_iter().chain(890..=902) {
            let limits = Limits { states: Some(limit), ..Limits::default() };
            let report = run(&model, &Options { limits, ..options.clone() }).expect("a report");
            let by = format!("{limit} states on {} threads", options.threads);
            let is_cut = limit < 900;
            assert_eq!((report.complete, report.cut.is_some()), (!is_cut, is_cut), "{by}");
            assert_eq!(report.cut, is_cut.then_some(Cut::States), "{by}");
            let verdict = if is_cut { Verdict::Inconclusive } else { Verdict::Holds };
            assert_eq!(report.verdict, verdict, "{by}");
            let reached = report.property("begun").expect("the property");
            assert_eq!(reached.verdict, PropertyVerdict::Reached, "{by}");
            // Each thread may find two more with the state that it is at.
            assert!(report.distinct > limit.min(899), "{by}: {}", report.distinct);
            let most = limit.max(1) + 2 * options.threads as u64;
            assert!(report.distinct <= most.min(900), "{by}: {}", report.distinct);
        }
    }
}

#[test]
fn a_limit_on_depth_cuts_where_a_state_is_left_out() {
    for options in ways() {
        for depth in 0..=20 {
            let limits = Limits { depth: Some(depth), ..Limits::default() };
            let report = run(&square(9), &Options { limits, ..options.clone() });
            let report = report.expect("a report");
            let is_cut = depth < 18;
            assert_eq!(report.cut, is_cut.then_some(Cut::Depth), "depth {depth}");
            let within = (0..10u64).flat_map(|a| (0..10u64).map(move |b| a + b));
            let within = within.filter(|sum| *sum <= u64::from(depth)).count() as u64;
            assert_eq!((report.distinct, report.depth), (within, depth.min(18)), "depth {depth}");
        }
    }
}

#[test]
fn time_memory_and_interrupts_end_an_endless_search() {
    let endless = nodes([COUNTER, COUNTER]);
    let time = |time| Limits { time: Some(Duration::from_millis(time)), ..Limits::default() };
    let memory = Limits { memory: Some(1), ..Limits::default() };
    for options in ways() {
        for (limits, cut) in
            [(time(0), Cut::Time), (time(3), Cut::Time), (memory.clone(), Cut::Memory)]
        {
            let report = run(&endless, &Options { limits, ..options.clone() }).expect("a report");
            assert_eq!((report.verdict, report.cut), (Verdict::Inconclusive, Some(cut)));
            assert!(!report.complete && report.distinct > 0);
        }
        let watch = Watch::new();
        watch.interrupt();
        let model = Arc::new(endless.clone());
        let report = search_actors(&model, &Declared::default(), &options, &watch);
        let report = report.expect("a report");
        assert_eq!((report.distinct, report.cut), (1, Some(Cut::Interrupt)));
    }
}

#[test]
fn an_interrupt_on_the_way_keeps_what_was_found() {
    for options in ways() {
        let watch = Arc::new(Watch::new());
        let mut model = nodes([COUNTER, COUNTER])
            .property(Expectation::Always, "below twenty", |_, state| *state.actor_states[1] < 20)
            .property(Expectation::Always, "goes on", |model, state| {
                if *state.actor_states[0] == 40
                    && let Some(watch) = &model.cfg.watch
                {
                    watch.interrupt();
                }
                true
            });
        model.cfg.watch = Some(Arc::clone(&watch));
        let options = Options { keep_going: true, ..options };
        let report = search_actors(&Arc::new(model), &Declared::default(), &options, &watch);
        let report = report.expect("a report");
        assert_eq!((report.verdict, report.cut), (Verdict::Violated, Some(Cut::Interrupt)));
        assert_eq!(
            report.counterexample().map(|(name, path)| (name, path.len())),
            Some(("below twenty", 20))
        );
        let undecided = report.property("goes on").expect("the property");
        assert_eq!(undecided.verdict, PropertyVerdict::Inconclusive);
    }
}

// ---- Equal components --------------------------------------------------------------------------

/// Two counters in equal states are still two: stateright's `Hash` takes them for one.
#[test]
fn timers_and_choices_of_different_actors_are_told_apart() {
    let once = Node { timeout: |_, _, _| {}, ..COUNTER };
    assert_eq!(agrees(&nodes([once, once]), "two timers"), 4);
    assert_eq!(agrees(&nodes([once; 6]), "six timers"), 64);
    let chooser = Node {
        start: |_, out| {
            out.choose_random("which", vec![1]);
            0
        },
        ..IDLE
    };
    assert_eq!(agrees(&nodes([chooser, chooser]), "two choices"), 4);
    assert_eq!(agrees(&nodes([chooser, once]), "a choice and a timer"), 4);
}
