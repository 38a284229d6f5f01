//! Insecure package indexes.

use super::{HTTPS, NETRC};
use crate::diagnostic::{Diagnostics, Rule, Severity};
use crate::mopyfile::index::Index;
use crate::source::Spanned;

/// The Mopyfile contains a credential.
pub static INLINE_CREDENTIALS: Rule = Rule {
    name: "inline-credentials",
    severity: Severity::Warning,
    summary: "the Mopyfile contains a credential",
    explanation: "Everyone with access to the repository can read the credential. The output of `mopy transpile` also \
         contains it. Use a `.netrc` file instead, for indexes, git over HTTPS and URLs: `docker build --secret \
         id=netrc,src=$HOME/.netrc …`. mopy keeps credentials in `pip` and `indices` out of the image, its history, \
         its labels and the build log, but provenance with `mode=max` contains them. Credentials in `envs`, `labels`, \
         `command`, `entrypoint` or `healthcheck` become part of the image.",
};

/// The certificate of an index is not verified.
pub static TRUSTED_INDEX: Rule = Rule {
    name: "trusted-index",
    severity: Severity::Warning,
    summary: "the certificate of an index is not verified",
    explanation: "With `trust: true`, anyone on the network between the build and the index can replace packages. Use an \
         index with a valid certificate. For a company's own certificate authority, use `ca-certificates`.",
};

/// Unencrypted index or download.
pub static HTTP_INDEX: Rule = Rule {
    name: "http-index",
    severity: Severity::Warning,
    summary: "unencrypted index or download",
    explanation: "Over HTTP, anyone on the network between the build and the server can replace packages. Use HTTPS.",
};

pub(super) fn indices(indices: &[Spanned<Index>], found: &mut Diagnostics) {
    for Spanned { value: index, span } in indices {
        if index.trust {
            found.report(
                &TRUSTED_INDEX,
                *span,
                format!("the certificate of `{}` is not verified", index.host()),
                "use an index with a valid certificate, and remove `trust`",
            );
        }
        if index.credentials.is_some() {
            found.report(&INLINE_CREDENTIALS, *span, "the Mopyfile contains the credentials of an index", NETRC);
        }
        if index.url.scheme() == "http" {
            found.report(&HTTP_INDEX, *span, "the index uses unencrypted HTTP", HTTPS);
        }
    }
}
