//! How long the library takes: `cargo bench --bench transpile`.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on fails")]

use mopy::{Source, transpile};

fn main() {
    divan::main();
}

fn example(name: &str) -> String {
    std::fs::read_to_string(format!("{}/example/{name}/Mopyfile.yaml", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[divan::bench(args = ["minimal", "full"])]
fn examples(bencher: divan::Bencher<'_, '_>, name: &str) {
    let text = example(name);
    bencher.bench(|| {
        transpile(&Source::new("Mopyfile.yaml", text.as_str()), None, &[], mopy::Month::RELEASE).dockerfile.unwrap()
    });
}

#[divan::bench(args = [10, 100, 1000])]
fn requirements(bencher: divan::Bencher<'_, '_>, count: usize) {
    let entries: String = (0..count).map(|i| format!("  - package-{i}>=1.{i}; python_version < \"3.14\"\n")).collect();
    let text = format!("python: 3.13\npip:\n{entries}");
    bencher.bench(|| {
        transpile(&Source::new("Mopyfile.yaml", text.as_str()), None, &[], mopy::Month::RELEASE).dockerfile.unwrap()
    });
}
