//! The contract that every registered protocol keeps, as far as it can be seen in a minute. The
//! searches that take longer are those of `long.rs`, under the same claims.

mod common;

use checker::system::Kind;
use checker::{Limits, Options, Verdict, Watch};
use common::Selection::Fast;
use common::{claims, golden, instance};
use models::registry::{BoundSpec, Request};

#[test]
fn every_protocol_has_a_name_of_its_own() {
    let names: Vec<_> = models::PROTOCOLS.iter().map(|protocol| protocol.name()).collect();
    assert_eq!(claims::repeated(names.iter().copied()), Vec::<&str>::new());
    for name in names {
        assert!(claims::is_kebab_case(name), "{name}");
    }
}

#[test]
fn within_a_protocol_no_name_is_used_twice() {
    for protocol in models::PROTOCOLS {
        for (what, names) in claims::names(*protocol) {
            let repeated = claims::repeated(names);
            assert!(repeated.is_empty(), "{}: {what} {repeated:?}", protocol.name());
        }
    }
}

#[test]
fn names_are_in_small_letters() {
    for protocol in models::PROTOCOLS {
        for (what, names) in claims::names(*protocol) {
            for name in names {
                let is_well_formed = match what {
                    // A property is called as in the literature, in words.
                    "property" => name.split(' ').all(claims::is_kebab_case),
                    _ => claims::is_kebab_case(name),
                };
                assert!(is_well_formed, "{}: {what} `{name}`", protocol.name());
            }
        }
    }
}

#[test]
fn whatever_has_a_name_says_what_it_is() {
    for protocol in models::PROTOCOLS {
        let (scopes, properties) = (protocol.scopes(), protocol.properties());
        let texts = [protocol.summary(), protocol.paper()]
            .into_iter()
            .chain(scopes.iter().map(|scope| scope.summary))
            .chain(protocol.bounds().iter().map(|bound| bound.summary))
            .chain(properties.iter().map(|property| property.statement))
            .chain(protocol.bugs().iter().flat_map(|bug| [bug.summary, bug.seen_in]));
        for text in texts {
            let is_text = !text.is_empty() && text.trim() == text;
            assert!(is_text, "{}: {text:?}", protocol.name());
        }
    }
}

#[test]
fn every_protocol_has_a_default_scope_and_a_small_one() {
    for protocol in models::PROTOCOLS {
        for wanted in ["default", "small"] {
            let found = protocol.scopes().iter().any(|scope| scope.name == wanted);
            assert!(found, "{} has no scope `{wanted}`", protocol.name());
        }
    }
}

#[test]
fn every_scope_is_within_the_ranges_of_its_bounds() {
    for protocol in models::PROTOCOLS {
        for scope in protocol.scopes() {
            let values = protocol.bounds().iter().zip(&scope.bounds);
            for (BoundSpec { name, min, max, .. }, (named, value)) in values {
                assert_eq!(name, named);
                let is_within = (min..=max).contains(&value);
                assert!(is_within, "{} {}: {name}={value}", protocol.name(), scope.name);
            }
        }
    }
}

#[test]
fn every_protocol_says_something_must_hold_and_something_must_be_reachable() {
    for protocol in models::PROTOCOLS {
        for scope in protocol.scopes() {
            let properties = instance(*protocol, scope.name, None, &[]).properties();
            for kind in [Kind::Always, Kind::Sometimes] {
                let found = properties.iter().any(|property| property.kind == kind);
                assert!(found, "{} {}: no {}", protocol.name(), scope.name, kind.name());
            }
        }
    }
}

#[test]
fn every_bug_names_an_always_property_of_a_scope_that_exists() {
    for protocol in models::PROTOCOLS {
        for bug in protocol.bugs() {
            let exists = protocol.scopes().iter().any(|scope| scope.name == bug.scope);
            assert!(exists, "{} {}: no scope `{}`", protocol.name(), bug.name, bug.scope);
            let properties = instance(*protocol, bug.scope, Some(bug.name), &[]).properties();
            let breaks = properties.iter().find(|property| property.name == bug.breaks);
            assert_eq!(
                breaks.map(|property| property.kind),
                Some(Kind::Always),
                "{} {}: `{}`",
                protocol.name(),
                bug.name,
                bug.breaks
            );
        }
    }
}

#[test]
fn without_a_bug_everything_holds_and_everything_wanted_is_reached() {
    claims::scopes_hold(Fast);
}

/// What the bounds themselves rule out must not be asked for: a correct protocol would be called
/// violated.
#[test]
fn with_any_one_bound_changed_nothing_is_asked_for_that_cannot_be() {
    let mut asked = 0;
    for protocol in models::PROTOCOLS {
        for bound in protocol.bounds() {
            for value in [bound.min, bound.min + 1, bound.min + 2] {
                let set = (bound.name.to_owned(), value.to_string());
                let request = Request {
                    scope: Some("small".to_owned()),
                    set: vec![set.clone()],
                    ..Request::default()
                };
                let Ok(instance) = protocol.instance(&request) else { continue };
                let limits = Limits { states: Some(60_000), ..Limits::default() };
                let options = Options { limits, ..Options::default() };
                let report = instance.check(&options, &Watch::new()).expect("a report").report;
                let violated = report.verdict == Verdict::Violated;
                assert!(!violated, "{} with {set:?}: {report:?}", protocol.name());
                asked += 1;
            }
        }
    }
    assert!(asked > 0, "no bound could be changed");
}

#[test]
fn every_bug_breaks_what_it_names_and_nothing_else_earlier() {
    claims::bugs_are_found(Fast);
}

#[test]
fn a_counterexample_replays_from_its_text_and_only_with_its_bug() {
    claims::counterexamples_replay_only_with_their_bug(Fast);
}

#[test]
fn counts_are_equal_in_every_run_and_on_any_number_of_threads() {
    claims::counts_do_not_depend_on_threads(Fast);
}

#[test]
fn small_scopes_have_as_many_states_as_a_set_of_whole_states_has() {
    claims::counts_are_those_of_the_oracle();
}

#[test]
fn every_way_of_searching_a_small_space_comes_to_what_the_oracle_finds() {
    claims::every_way_agrees_with_the_oracle();
}

#[test]
fn small_scopes_have_as_many_states_as_stateright_finds() {
    claims::counts_are_those_of_stateright();
}

#[test]
fn exact_and_depth_first_searches_find_the_same() {
    claims::counts_are_those_of_our_other_searches();
}

#[test]
fn what_fired_adds_up_to_what_was_generated() {
    claims::coverage_adds_up();
}

#[test]
fn counts_are_the_golden_ones() {
    golden::check(Fast);
}

#[test]
fn no_golden_count_is_of_something_that_is_no_more() {
    assert_eq!(golden::strays(), Vec::<String>::new());
}
