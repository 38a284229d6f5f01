//! Arbitrary values: the schema and the parser agree.

use proptest::prelude::{prop_assert, prop_assert_eq, proptest};
use serde_json::{Map, Value, json};

use crate::problems;
use crate::validator::Schema;

/// Whether the parser and the schema say yes to a Mopyfile with `value` at `key`.
fn both(key: &str, value: Value) -> (bool, bool) {
    let mut mopyfile = json!({"python": "3.13"});
    mopyfile[key] = value;
    thread_local! { static SCHEMA: Schema = Schema::new(); }
    (problems(&mopyfile).is_empty(), SCHEMA.with(|schema| schema.accepts(&mopyfile)))
}

proptest! {
    #[test]
    fn versions(text in "[23]?(\\.(0|6|7|1[0-9]))?(\\.(0|05|12))?(-rc|rc1|a01|b0|-slim|x)?") {
        let (parser, schema) = both("python", text.into());
        prop_assert_eq!(schema, parser);
    }

    #[test]
    fn apt_packages(text in "[a-z0-9A+.-]{0,4}(:[a-z-]{0,3})?(=[0-9.:~+-]{0,3})?(/[a-z_-]{0,3})?[ $]?") {
        let (parser, schema) = both("build-deps", json!([text]));
        prop_assert_eq!(schema, parser);
    }

    #[test]
    fn signals(text in "(SIG)?(INT|TERM|RTMIN|RTMAX|int)?[+-]?[0-9]{0,2}") {
        let (parser, schema) = both("stop-signal", text.into());
        prop_assert_eq!(schema, parser);
    }

    #[test]
    fn ports(text in "[0-9]{1,6}(/(tcp|udp|sctp))?|[1-9]-[0-9]{0,2}") {
        let (parser, schema) = both("ports", json!([text]));
        prop_assert!(schema == parser || text.contains('-'));
        prop_assert!(schema || !parser);
    }

    #[test]
    fn numbers(number in 0_u32..70_000) {
        for (key, value) in [
            ("ports", json!([number])),
            ("stop-signal", json!(number)),
            ("stop-signal", json!(number % 100)),
            ("healthcheck", json!({"http": "/", "port": number})),
            ("healthcheck", json!({"http": "/", "port": 1, "retries": number})),
        ] {
            let (parser, schema) = both(key, value);
            prop_assert_eq!(schema, parser, "{}", key);
        }
    }

    #[test]
    fn checks(text in "[0-9]{0,3}(h|m|s|ms|us)?[0-3]{0,2}[hms]{0,2}", path in "[/a?ä ]{0,4}") {
        let mut check = json!({"http": path, "port": 80});
        let (parser, schema) = both("healthcheck", check.clone());
        prop_assert_eq!(schema, parser);
        check = json!({"command": ["x"], "interval": text});
        let (parser, schema) = both("healthcheck", check);
        prop_assert_eq!(schema, parser);
    }

    #[test]
    fn combinations(keys in proptest::sample::subsequence(vec!["http", "port", "command", "timeout", "other"], 0..5)) {
        let all = json!({"http": "/", "port": 1, "command": ["x"], "timeout": "1s", "other": 1});
        let check: Value = keys.iter().map(|key| ((*key).to_owned(), all[*key].clone())).collect::<Map<_, _>>().into();
        let (parser, schema) = both("healthcheck", check);
        // the port may be in `ports`, which is not there
        prop_assert!(schema == parser || (keys.contains(&"http") && !keys.contains(&"port")));
        prop_assert!(schema || !parser);
    }

    #[test]
    fn modules(text in "[a-z0-9_.-]{0,5}|true") {
        let (parser, schema) = both("imports", json!([text]));
        prop_assert_eq!(schema, parser);
    }

    #[test]
    fn names(text in "[a-zA-Z0-9_./ =ä-]{0,4}") {
        for key in ["envs", "labels"] {
            let (parser, schema) = both(key, json!({text.as_str(): "x"}));
            prop_assert_eq!(schema, parser);
        }
    }

    #[test]
    fn values(text in "[ -~\\x00-\\x1f\\x7f-\\x9fü]{0,6}") {
        for (key, value) in [
            ("envs", json!({"A": text})),
            ("labels", json!({"a": text})),
            ("command", json!([text])),
            ("indices", json!([{"url": "https://host", "username": text, "password": text}])),
        ] {
            let (parser, schema) = both(key, value);
            prop_assert_eq!(schema, parser, "{}", key);
        }
    }

    #[test]
    fn paths(text in "[a.~/\\\\:]{0,6}|[a. /\\t\\x00\\n\\x7f]{0,5}") {
        let (parser, schema) = both("project", text.as_str().into());
        prop_assert!(schema || !parser);
        // what leads out by a detour has to be counted through
        prop_assert!(parser || !schema || text.contains(".."));
        let (parser, schema) = both("workdir", text.into());
        prop_assert_eq!(schema, parser);
    }

    #[test]
    fn requirements(text in "(\\./|git\\+|https://|~|[a-z]{1,3})?[a-z@:/+.;<>=~! '\"\\\\\\t\\n-]{0,10}|\\PC*") {
        let (parser, schema) = both("pip", json!([text]));
        prop_assert!(schema || !parser);
    }

    #[test]
    fn urls(text in " {0,2}([hH][tT]tps?|ftp)?:?[/\\\\]{0,3}[a-z@:/.?# ]{0,8}") {
        let (parser, schema) = both("indices", json!([{"url": text}]));
        prop_assert!(schema || !parser);
    }
}
