//! draft
fn main() {
    if std::env::args().nth(1).as_deref() == Some("frontend") {
        mopy::frontend::run();
    }
}
