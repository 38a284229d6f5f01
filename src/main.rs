use std::io::Read as _;
#[allow(clippy::all, clippy::pedantic, clippy::unwrap_used, clippy::print_stdout)]
fn main() {
    let mut t = String::new();
    std::io::stdin().read_to_string(&mut t).unwrap();
    let s = mopy::Source::new("Mopyfile.yaml", t);
    match mopy::transpile(&s, &[]) {
        Ok(t) => print!("{}", t.dockerfile.text),
        Err(d) => print!("{}", mopy::diagnostic::text::render(&s, &d, false)),
    }
}
