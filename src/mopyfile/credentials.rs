//! Credentials in the URLs of indexes and requirements.

use std::fmt;

use percent_encoding::percent_decode_str;
use url::Url;

/// A user name and password for a host.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Credentials {
    /// The host, without a port.
    pub host: String,
    /// The user name, which may be a token.
    pub login: String,
    /// The password, which may be empty.
    pub password: String,
}

impl Credentials {
    /// Removes the user information from `url`. `None` if there is none, or for SSH, which does not use a password.
    #[must_use]
    pub fn take(url: &mut Url) -> Option<Self> {
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        if url.scheme() == "ssh" {
            let _ = url.set_password(None);
            return None;
        }
        let login = decoded(url.username());
        let password = url.password().map(decoded);
        // both fail only for URLs without a host, which have no user information
        let _ = url.set_username("");
        let _ = url.set_password(None);
        let host = url.host_str()?.to_owned();
        (!login.is_empty() || password.is_some()).then(|| Self { host, login, password: password.unwrap_or_default() })
    }

    /// The entry of a netrc file, on one line (curl.se, "The .netrc file format").
    #[must_use]
    pub fn netrc_entry(&self) -> String {
        format!("machine {} login {} password {}", self.host, token(&self.login), token(&self.password))
    }
}

/// A token of a netrc file, quoted if necessary.
fn token(text: &str) -> String {
    let is_plain = |c: char| !c.is_whitespace() && !matches!(c, '"' | '\\' | '#');
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("host", &self.host).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert, prop_assert_eq, proptest};
    use url::Url;

    use super::Credentials;

    #[test]
    fn they_become_entries_of_a_netrc_file() {
        for (url, entry) in [
            ("https://jane:pw@h:8080/x", Some("machine h login jane password pw")),
            ("https://token@h/x", Some("machine h login token password \"\"")),
            ("http://:pw@h/", Some("machine h login \"\" password pw")),
            ("https://a%40b:it%27s%20%22x%5C@h/", Some("machine h login a@b password \"it's \\\"x\\\\\"")),
            ("https://h/x", None),
            ("ssh://git:pw@h/x", None),
        ] {
            let mut url = Url::parse(url).unwrap();
            let entry_of = Credentials::take(&mut url).map(|credentials| credentials.netrc_entry());
            assert_eq!(entry_of.as_deref(), entry);
            assert!(url.password().is_none());
        }
    }

    proptest! {
        #[test]
        fn nothing_of_them_stays_in_the_url(login in "[a-z0-9%@:/ü?#]{1,30}", password in "\\PC{0,40}") {
            let mut url = Url::parse("https://h/x").unwrap();
            url.set_username(&login.replace('%', "%25")).unwrap();
            url.set_password(Some(&password.replace('%', "%25"))).unwrap();
            let taken = Credentials::take(&mut url).unwrap();
            prop_assert_eq!(&taken.login, &login);
            prop_assert_eq!(&taken.password, &password);
            let shown = format!("{taken:?}");
            prop_assert!(!shown.contains("login"), "{}", shown);
            prop_assert_eq!(url.as_str(), "https://h/x");
        }
    }
}
