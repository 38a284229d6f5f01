//! A text as its difference from another one, without line numbers: lines that begin with a blank are where it is, with
//! `-` what is removed there, with `~` how many lines more, and with `+` what is in their place.

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// From `base` to `text`, with as little context as it takes to find every place.
pub(super) fn encode(base: &str, text: &str) -> String {
    let mut differences = (0..base.len()).map(|context| encode_with(base, text, context));
    differences.find(|difference| decode(base, difference).as_deref() == Some(text)).unwrap_or_default()
}

fn encode_with(base: &str, text: &str, context: usize) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (base.split('\n').collect(), text.split('\n').collect());
    let mut lines: Vec<String> = Vec::new();
    let mut equal = 0;
    for change in capture_diff_slices(Algorithm::Patience, &old, &new) {
        let (removed, added) = (change.old_range(), change.new_range());
        if matches!(change, DiffOp::Equal { .. }) {
            equal = removed.len();
            continue;
        }
        // without a line between them, two places would be one
        let is_apart = !removed.is_empty() && lines.last().is_none_or(|line| !line.starts_with('-'));
        let context = if is_apart { context } else { context.max(1) }.min(equal);
        lines.extend(old[removed.start - context..removed.start].iter().map(|line| format!(" {line}")));
        let shown = if removed.len() > 2 { 1 } else { removed.len() };
        lines.extend(old[removed.clone()].iter().take(shown).map(|line| format!("-{line}")));
        lines.extend((removed.len() > shown).then(|| format!("~{}", removed.len() - shown)));
        lines.extend(new[added].iter().map(|line| format!("+{line}")));
        equal = 0;
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// The text that `difference` makes of `base`; none where a place of it is not there.
pub(super) fn decode(base: &str, difference: &str) -> Option<String> {
    let old: Vec<&str> = base.split('\n').collect();
    let mut text: Vec<&str> = Vec::new();
    let mut at = 0;
    let mut lines = difference.lines().peekable();
    while lines.peek().is_some() {
        let mut take = |sign: char| -> Vec<&str> {
            let mut taken = Vec::new();
            while let Some(line) = lines.next_if(|line| line.starts_with(sign)) {
                taken.push(&line[1..]);
            }
            taken
        };
        let (context, removed, more, added) = (take(' '), take('-'), take('~'), take('+'));
        let more: usize = more.first().map_or(Some(0), |count| count.parse().ok())?;
        let place = [context.clone(), removed].concat();
        let length = place.len() + more;
        if length + added.len() == 0 {
            return None;
        }
        let found = (at..old.len()).find(|start| old[*start..].starts_with(&place))?;
        text.extend(&old[at..found + context.len()]);
        text.extend(added);
        at = found + length;
    }
    text.extend(old.get(at..)?);
    Some(text.join("\n"))
}
