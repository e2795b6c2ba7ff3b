//! stateright's actor models that panic, begin nowhere, or are not what was declared of them: an
//! error and never a verdict.

#![allow(clippy::owned_cow)] // The handlers have the signature that stateright gives them.

mod common;

use std::borrow::Cow;
use std::sync::{Arc, Once};

use checker::search::{Declared, PropertyVerdict, search_actors};
use checker::{Options, SearchError, Watch};
use common::nodes::{COUNTER, IDLE, Node, Nodes, Note, nodes, note, run, square, ways};
use stateright::Expectation;
use stateright::actor::{ActorModel, Id, Out, model_timeout};

const ON_PURPOSE: &str = "on purpose";

/// Keeps panics that are part of a test off the screen, and no others.
fn expect_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let text = info.payload().downcast_ref::<String>().map_or("", String::as_str);
            let expected = [ON_PURPOSE, "is not what was declared of it", "16,384 values"];
            if !expected.iter().any(|expected| text.contains(expected)) {
                usual(info);
            }
        }));
    });
}

/// False unless it panics.
fn panics_at(is_there: bool) -> bool {
    assert!(!is_there, "{}", ON_PURPOSE);
    false
}

#[test]
fn a_panic_anywhere_in_a_model_is_an_error_and_no_verdict() {
    expect_panics();
    let talker = Node {
        timeout: |_, state, out| {
            *state.to_mut() += 1;
            out.set_timer((), model_timeout());
            out.send(Id::from(0), note(**state));
        },
        message: |_, state, _, _| *state.to_mut() += 0,
        ..COUNTER
    };
    let base = || nodes([talker, COUNTER]);
    let models: [(&str, Nodes); 8] = [
        ("start", nodes([COUNTER, Node { start: |_, _| u32::from(panics_at(true)), ..IDLE }])),
        ("message", {
            let message = |_: Id, _: &mut Cow<u32>, note: Note, _: &mut Out<Node>| {
                panics_at(note.number == 5);
            };
            nodes([Node { message, ..talker }, COUNTER])
        }),
        ("timeout", {
            let timeout = |_: Id, state: &mut Cow<u32>, out: &mut Out<Node>| {
                *state.to_mut() += 1;
                out.set_timer((), model_timeout());
                panics_at(**state == 5);
            };
            nodes([COUNTER, Node { timeout, ..COUNTER }])
        }),
        (
            "record in",
            base().record_msg_in(|_, _, heard| {
                panics_at(heard.msg.number == 5);
                None
            }),
        ),
        (
            "record out",
            base().record_msg_out(|_, _, said| {
                panics_at(said.msg.number == 5);
                None
            }),
        ),
        ("boundary", base().within_boundary(|_, state| !panics_at(*state.actor_states[1] == 5))),
        (
            "condition",
            base().property(Expectation::Always, "p", |_, state| {
                !panics_at(*state.actor_states[0] == 5)
            }),
        ),
        ("first boundary", base().within_boundary(|_, _| panics_at(true))),
    ];
    for (place, model) in models {
        for options in ways() {
            let error = run(&model, &options).expect_err("no report");
            let panicked = SearchError::Panicked { message: ON_PURPOSE.to_owned() };
            assert_eq!(error, panicked, "{place}, {} threads", options.threads);
        }
    }
}

#[test]
fn an_initial_state_outside_the_boundary_is_an_error() {
    let mut model = square(3);
    model.within_boundary = |_, state| *state.actor_states[0] > 0;
    for options in ways() {
        assert_eq!(run(&model, &options).err(), Some(SearchError::NoInitialState));
    }
}

#[test]
fn what_contradicts_the_property_that_it_is_declared_of_is_an_error_with_its_name() {
    expect_panics();
    let model = Arc::new(square(6).record_msg_out(|_, history, _| Some(history + 1)).property(
        Expectation::Always,
        "few",
        |_, state| state.history < 4,
    ));
    let talker = Node {
        timeout: |_, state, out| {
            *state.to_mut() += 1;
            out.send(Id::from(0), note(0));
            out.set_timer((), model_timeout());
        },
        ..COUNTER
    };
    let model = Arc::new(ActorModel { actors: vec![talker, COUNTER], ..(*model).clone() });
    // One sees too much, one too little, one already at the beginning.
    let conditions: [fn(&u32) -> bool; 3] = [|said| *said < 3, |_| true, |said| *said > 0];
    for options in ways() {
        let options = Options { keep_going: true, ..options };
        let search = |condition| {
            let declared = Declared::default().history("few", condition);
            search_actors(&model, &declared, &options, &Watch::new())
        };
        for condition in conditions {
            let error = search(condition).expect_err("no report");
            assert!(error.to_string().contains("`few`"), "{error}");
        }
        let right = search(|said| *said < 4).expect("a report");
        assert_eq!(right.property("few").expect("it").verdict, PropertyVerdict::Violated);
    }
}

#[test]
fn a_choice_among_too_many_is_an_error() {
    expect_panics();
    let chooser = Node {
        start: |_, out| {
            out.choose_random("which", (0..20_000).collect());
            0
        },
        ..IDLE
    };
    let error = run(&nodes([chooser]), &Options::default()).expect_err("no report");
    assert!(error.to_string().contains("16,384"), "{error}");
}
