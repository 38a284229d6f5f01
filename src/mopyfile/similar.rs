//! Suggestions for misspelled words.

/// The known word that is most similar to `word`, by the Damerau-Levenshtein distance. `None` if all are too different.
#[must_use]
pub fn similar<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    let normal = |text: &str| text.to_lowercase().replace('_', "-");
    let most = |key: &str| (key.len() / 3).max(1);
    let word = normal(word);
    let length = word.chars().count();
    known
        .iter()
        // the distance is at least the difference in length, and long words are expensive to compare
        .filter(|key| length.abs_diff(key.len()) <= most(key))
        .map(|key| (strsim::damerau_levenshtein(&word, &normal(key)), *key))
        .filter(|(distance, key)| *distance <= most(key))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, key)| key)
}
