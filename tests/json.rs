//! The JSON of the command line: every field that is promised, with its type.

mod common;

use std::path::Path;

use serde_json::Value;

/// What a field may be.
#[derive(Clone, Copy)]
enum Is {
    Text,
    TextOrNull,
    Integer,
    IntegerOrNull,
    Number,
    Flag,
    List,
    Object,
    ObjectOrNull,
}

fn assert_fields(value: &Value, fields: &[(&str, Is)]) {
    for (name, is) in fields {
        let field = value.get(name).unwrap_or_else(|| panic!("no `{name}` in {value:#}"));
        let fits = match is {
            Is::Text => field.is_string(),
            Is::TextOrNull => field.is_string() || field.is_null(),
            Is::Integer => field.is_u64(),
            Is::IntegerOrNull => field.is_u64() || field.is_null(),
            Is::Number => field.is_number(),
            Is::Flag => field.is_boolean(),
            Is::List => field.is_array(),
            Is::Object => field.is_object(),
            Is::ObjectOrNull => field.is_object() || field.is_null(),
        };
        assert!(fits, "`{name}` is {field}");
    }
    // In the order of the interface, so that people find their way, too.
    let keys: Vec<_> = value.as_object().expect("an object").keys().collect();
    let places = fields.iter().map(|(name, _)| keys.iter().position(|key| key == name));
    assert!(places.is_sorted(), "{keys:?}");
}

const CHECK: &[(&str, Is)] = &[
    ("schema", Is::Integer),
    ("protocol", Is::Text),
    ("scope", Is::Text),
    ("bounds", Is::Object),
    ("bug", Is::TextOrNull),
    ("engine", Is::Text),
    ("threads", Is::Integer),
    ("verdict", Is::Text),
    ("properties", Is::List),
    ("distinct_states", Is::Integer),
    ("unreduced_states", Is::IntegerOrNull),
    ("symmetry", Is::Flag),
    ("generated_states", Is::Integer),
    ("depth", Is::Integer),
    ("complete", Is::Flag),
    ("limit_reached", Is::TextOrNull),
    ("seconds", Is::Number),
    ("total_seconds", Is::Number),
    ("states_per_second", Is::Integer),
    ("peak_memory_bytes", Is::Integer),
    ("collision_probability", Is::Number),
    ("exact", Is::Flag),
    ("bounds_reached", Is::List),
    ("counterexample", Is::ObjectOrNull),
];

fn assert_check(report: &Value) {
    assert_fields(report, CHECK);
    assert_eq!(report["schema"], 1);
    assert!(report["peak_memory_bytes"].as_u64() > Some(1 << 20));
    assert!(report["total_seconds"].as_f64() >= report["seconds"].as_f64());
    for property in report["properties"].as_array().expect("a list") {
        assert_fields(property, &[("name", Is::Text), ("kind", Is::Text), ("verdict", Is::Text)]);
        let shown = property["verdict"] == "violated" || property["verdict"] == "reached";
        let never = property["kind"] == "sometimes" && property["verdict"] == "violated";
        assert_eq!(property["steps"].is_u64(), shown && !never, "{property}");
    }
}

fn lease(arguments: &[&str]) -> (i32, Value) {
    let arguments = [&["check", "lease", "--format", "json"], arguments].concat();
    common::json(&common::example("own_registry"), &arguments)
}

#[test]
fn a_check_that_holds() {
    let (code, report) = lease(&["--threads", "1", "--set", "crashes=0"]);
    assert_check(&report);
    assert_eq!((code, &report["verdict"]), (0, &Value::from("holds")));
    assert_eq!(report["complete"], true);
    assert_eq!(report["limit_reached"], Value::Null);
    assert_eq!(report["counterexample"], Value::Null);
    assert_eq!(report["threads"], 1);
    assert_eq!(report["set"]["crashes"], "0");
    assert_eq!(report["bounds"]["crashes"], 0);
    let reached = report["bounds_reached"].as_array().expect("a list");
    assert!(reached.contains(&"crashes".into()) && reached.contains(&"turns".into()));
}

#[test]
fn a_check_that_is_cut() {
    let (code, report) = lease(&["--max-depth", "2"]);
    assert_check(&report);
    assert_eq!((code, &report["verdict"]), (3, &Value::from("inconclusive")));
    assert_eq!(report["complete"], false);
    assert_eq!(report["limit_reached"], "max-depth");
    let (code, report) = lease(&["--max-states", "10"]);
    assert_eq!((code, &report["limit_reached"]), (3, &Value::from("max-states")));
}

#[test]
fn a_check_that_finds_a_bug() {
    let (code, report) = lease(&["--bug", "holder-not-saved", "--scope", "held"]);
    assert_check(&report);
    assert_eq!((code, &report["verdict"]), (1, &Value::from("violated")));
    assert_eq!(report["complete"], false);
    let found = &report["counterexample"];
    assert_fields(
        found,
        &[
            ("schema", Is::Integer),
            ("protocol", Is::Text),
            ("scope", Is::Text),
            ("bounds", Is::Object),
            ("bug", Is::TextOrNull),
            ("property", Is::Text),
            ("prefix_steps", Is::Integer),
            ("initial", Is::Object),
            ("steps", Is::List),
        ],
    );
    let steps = found["steps"].as_array().expect("a list");
    assert_eq!(found["prefix_steps"], 3);
    assert_eq!(report["properties"][0]["steps"], steps.len() - 3);
    for step in steps {
        let action = [("kind", Is::Text), ("actor", Is::Text), ("label", Is::Text)];
        assert_fields(&step["action"], &action);
        let state = [("actors", Is::List), ("network", Is::List), ("history", Is::List)];
        assert_fields(&step["state"], &state);
    }
}

#[test]
fn the_saved_counterexample_is_the_reported_one() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let program = common::example("own_registry");
    let check =
        ["check", "lease", "--bug", "holder-not-saved", "--format", "json", "--save", "a b"];
    let output = common::run(&program, &check, directory.path());
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let saved = std::fs::read(directory.path().join("a b")).expect("the file");
    let saved: Value = serde_json::from_slice(&saved).expect("JSON");
    assert_eq!(report["counterexample"], saved);
    let files = std::fs::read_dir(directory.path()).expect("the directory").count();
    assert_eq!(files, 1, "a temporary file is left");

    let output = common::run(&program, &["replay", "a b", "--format", "json"], directory.path());
    assert_eq!(output.status.code(), Some(1));
    let replay: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(replay["verdict"], "confirmed");
    assert_eq!(replay["counterexample"], saved);
}

#[test]
fn the_engines_agree() {
    for engine in ["quorate", "quorate-dfs", "stateright-bfs", "stateright-dfs"] {
        let (code, report) = lease(&["--engine", engine, "--threads", "1"]);
        assert_check(&report);
        assert_eq!((code, &report["engine"]), (0, &Value::from(engine)));
        assert_eq!(report["distinct_states"], 107, "{engine}");
    }
}

#[test]
fn a_seed_repeats_a_random_walk() {
    for engine in ["quorate-simulation", "stateright-simulation"] {
        let walk = || {
            let engine = ["--engine", engine, "--seed", "7", "--threads", "1"];
            lease(&[&["--bug", "holder-not-saved"][..], &engine].concat())
        };
        let ((code, first), (_, second)) = (walk(), walk());
        assert_eq!(code, 1, "{engine}");
        assert_eq!(first["seed"], 7);
        assert_eq!(first["counterexample"], second["counterexample"]);
    }
}

#[test]
fn an_exact_check_leaves_nothing_to_chance() {
    let (_, usual) = lease(&[]);
    let (code, exact) = lease(&["--exact"]);
    assert_check(&exact);
    assert_eq!((code, &usual["exact"], &exact["exact"]), (0, &false.into(), &true.into()));
    assert_eq!(exact["collision_probability"], 0.0);
    assert!(usual["collision_probability"].as_f64() > Some(0.0));
    for count in ["distinct_states", "generated_states", "depth"] {
        assert_eq!(usual[count], exact[count]);
    }
}

#[test]
fn coverage_has_a_line_for_each_kind_of_event() {
    assert_eq!(lease(&[]).1["coverage"], Value::Null);
    for engine in ["quorate", "quorate-dfs"] {
        let (_, report) = lease(&["--coverage", "--engine", engine, "--threads", "1"]);
        let coverage = report["coverage"].as_array().expect("a list");
        for covered in coverage {
            assert_fields(covered, &[("kind", Is::Text), ("fired", Is::Integer)]);
        }
        let fired = |kind: &str, field: &str, name: &str| {
            let mut all = coverage.iter();
            let found = all.find(|c| c["kind"] == kind && c[field] == name);
            found.expect("it is there")["fired"].as_u64().expect("a number")
        };
        assert!(fired("deliver", "message", "Grant") > 0);
        assert!(fired("timeout", "timer", "Finish") > 0);
        let sum: u64 = coverage.iter().filter_map(|covered| covered["fired"].as_u64()).sum();
        assert_eq!(Some(sum + 1), report["generated_states"].as_u64(), "{engine}");
    }
}

fn assert_list(program: &Path) {
    let (code, list) = common::json(program, &["list", "--format", "json"]);
    assert_eq!(code, 0);
    let top = [
        ("schema", Is::Integer),
        ("protocols", Is::List),
        ("objects", Is::List),
        ("formats", Is::List),
    ];
    assert_fields(&list, &top);
    for protocol in list["protocols"].as_array().expect("a list") {
        let fields = [
            ("name", Is::Text),
            ("paper", Is::Text),
            ("scopes", Is::List),
            ("properties", Is::List),
            ("bugs", Is::List),
        ];
        assert_fields(protocol, &fields);
        let each = |list: &str, fields: &[(&str, Is)]| {
            for value in protocol[list].as_array().expect("a list") {
                assert_fields(value, fields);
            }
        };
        each("scopes", &[("name", Is::Text), ("bounds", Is::Object)]);
        each("properties", &[("name", Is::Text), ("kind", Is::Text), ("statement", Is::Text)]);
        let bug = ["name", "breaks", "scope", "summary"].map(|name| (name, Is::Text));
        each("bugs", &bug);
    }
}

#[test]
fn the_list_is_complete() {
    assert_list(&common::quorate());
    assert_list(&common::example("own_registry"));
}

#[test]
fn a_benchmark_has_figures_for_each_exhaustive_engine() {
    let program = common::example("own_registry");
    let bench = ["bench", "--runs", "1", "--threads", "1", "--format", "json"];
    let (code, report) = common::json(&program, &bench);
    assert_eq!(code, 0);
    let engines = report["models"][0]["engines"].as_array().expect("a list");
    assert_eq!(engines.len(), 3);
    for engine in engines {
        assert_eq!(engine["error"], Value::Null, "{engine}");
        assert_eq!(engine["distinct_states"], 107);
        assert!(engine["ratio_to_stateright_bfs"].is_number());
    }
}

#[test]
fn every_error_is_json() {
    let mistakes: &[&[&str]] = &[
        &["check", "leese"],
        &["check", "lease", "--scope", "x"],
        &["check", "lease", "--bug", "x"],
        &["check", "lease", "--set", "x=1"],
        &["check", "lease", "--set", "clients=1"],
        &["check", "lease", "--engine", "x"],
        &["check", "lease", "--threads", "0"],
        &["check", "lease", "--seed", "1"],
        &["check", "lease", "--exact", "--engine", "stateright-bfs"],
        &["check", "lease", "--coverage", "--engine", "stateright-dfs"],
        &["check", "lease", "--threads", "2", "--engine", "quorate-dfs"],
        &["check", "lease", "--save", "missing/file.json"],
        &["check"],
        &["list", "x"],
        &["replay", "missing.json"],
        &["bench", "--scope", "x"],
        &["bench", "--runs", "0"],
        &["bench", "--only", "x"],
        &["bench", "--quick", "--threads", "2"],
        &["workload", "x"],
        &["x"],
        &[],
    ];
    for mistake in mistakes {
        let arguments = [mistake, &["--format", "json"][..]].concat();
        let (code, report) = common::json(&common::example("own_registry"), &arguments);
        assert_eq!(code, 2, "{arguments:?}");
        assert_fields(&report, &[("schema", Is::Integer), ("error", Is::Object)]);
        let error = [("kind", Is::Text), ("message", Is::Text), ("hint", Is::TextOrNull)];
        assert_fields(&report["error"], &error);
        assert_ne!(report["error"]["kind"], "internal", "{arguments:?}");
    }
}
