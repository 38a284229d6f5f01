//! What a misspelt word most likely stands for.

/// The known word that `word` most likely stands for: the one with the fewest letters to change, drop, add or
/// exchange (the distance of Damerau and Levenshtein). None where all are too far away.
#[must_use]
pub fn similar<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    let normal = |text: &str| text.to_lowercase().replace('_', "-");
    let most = |key: &str| (key.len() / 3).max(1);
    let word = normal(word);
    let length = word.chars().count();
    known
        .iter()
        // at least as far away as the lengths, and endless words cost much
        .filter(|key| length.abs_diff(key.len()) <= most(key))
        .map(|key| (strsim::damerau_levenshtein(&word, &normal(key)), *key))
        .filter(|(distance, key)| *distance <= most(key))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, key)| key)
}
