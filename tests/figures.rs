//! The suite of `quorate bench`: every line runs, and its engines count the same states. How long
//! they take is no test's business.

mod common;

use serde_json::Value;

/// The lines with the number of distinct states of their small models, and of engines.
const LINES: [(&str, u64, usize); 7] = [
    ("paxos", 16_668, 2),
    ("raft", 48_594, 2),
    ("raft-actors", 1_829, 2),
    ("two-phase-commit", 8_832, 2),
    ("paxos-threads", 16_668, 3),
    ("raft-threads", 48_594, 3),
    ("scaling", 144_084, 2),
];

#[test]
fn the_engines_agree_on_every_line_of_the_suite() {
    let bench = ["bench", "--quick", "--format", "json"];
    let (code, report) = common::json(&common::quorate(), &bench);
    assert_eq!((code, &report["runs"]), (0, &Value::from(1)));
    let models = report["models"].as_array().expect("a list");
    let names: Vec<_> = models.iter().map(|model| model["name"].as_str()).collect();
    assert_eq!(names, LINES.map(|(name, _, _)| Some(name)));
    for (model, (name, distinct, count)) in models.iter().zip(LINES) {
        let engines = model["engines"].as_array().expect("a list");
        assert_eq!(engines.len(), count, "{name}");
        for engine in engines {
            assert_eq!(engine["error"], Value::Null, "{name}: {engine}");
            assert_eq!(engine["distinct_states"], distinct, "{name}: {engine}");
            assert_eq!(engine["runs"].as_array().map(Vec::len), Some(1), "{name}: {engine}");
            assert!(engine["time_ratio"]["median"].is_number(), "{name}: {engine}");
        }
        assert_eq!(engines[0]["time_ratio"]["median"], 1.0, "{name}");
    }
}

#[test]
fn a_line_is_chosen_by_name() {
    let only = ["bench", "--quick", "--only", "raft-actors", "--runs", "2", "--format", "json"];
    let (code, report) = common::json(&common::quorate(), &only);
    let models = report["models"].as_array().expect("a list");
    assert_eq!((code, models.len(), &models[0]["name"]), (0, 1, &Value::from("raft-actors")));
    assert_eq!(models[0]["engines"][1]["runs"].as_array().map(Vec::len), Some(2));
}

/// The larger models of stateright's kind are in `quorate bench`; here all engines count the small
/// ones, on two threads too.
#[test]
fn every_engine_counts_the_models_of_the_suite() {
    let models = [
        (["paxos", "--size", "1"], 265, 482),
        (["raft-actors", "--size", "1"], 1_829, 6_959),
        (["two-phase-commit", "--size", "3"], 288, 1_146),
    ];
    for (model, distinct, generated) in models {
        for engine in ["quorate", "stateright-bfs", "stateright-dfs"] {
            let more = ["--engine", engine, "--threads", "2", "--format", "json"];
            let arguments = [&["workload"][..], &model, &more].concat();
            let (code, report) = common::json(&common::quorate(), &arguments);
            assert_eq!((code, &report["verdict"]), (0, &Value::from("holds")), "{arguments:?}");
            assert_eq!(report["distinct_states"], distinct, "{arguments:?}");
            assert_eq!(report["generated_states"], generated, "{arguments:?}");
        }
    }
}
