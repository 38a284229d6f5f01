//! What a misspelt word most likely stands for.

/// The known word that `word` most likely stands for.
#[must_use]
pub fn similar<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    let normal = |text: &str| text.to_lowercase().replace('_', "-");
    let word = normal(word);
    known
        .iter()
        .map(|key| (strsim::damerau_levenshtein(&word, &normal(key)), *key))
        .filter(|(distance, key)| *distance <= (key.len() / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, key)| key)
}
