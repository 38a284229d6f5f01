//! YAML for arbitrary text.

/// `text` in double quotes, every character that could mean something escaped.
pub(crate) fn quoted(text: &str) -> String {
    let escaped = |c: char| if c.is_ascii_alphanumeric() { c.to_string() } else { format!("\\U{:08x}", u32::from(c)) };
    format!("\"{}\"", text.chars().map(escaped).collect::<String>())
}
