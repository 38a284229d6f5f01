//! SSH host keys that are built into mopy.

/// The host keys of well-known forges, as published by docs.github.com "GitHub's SSH key fingerprints", docs.gitlab.com
/// "GitLab.com settings", support.atlassian.com "Configure SSH and two-step verification", docs.codeberg.org "Verifying
/// you're connected to Codeberg using SSH fingerprints".
pub const FORGE_KEYS: &[&str] = &[
    "github.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl",
    "gitlab.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAfuCHKVTjquxvt6CM6tdG4SLp1Btn/nOeHHE5UOzRdf",
    "bitbucket.org ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIazEu89wgQZ4bqs3d63QSMzYVa0MuJ2e2gKTKqu+UUO",
    "codeberg.org ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIVIC02vnjFyL+I4RHfvIGNtOgJMe769VTF1VR4EB3ZB",
];

/// Whether [`FORGE_KEYS`] contains the key of `host`.
#[must_use]
pub fn is_known_host(host: &str) -> bool {
    FORGE_KEYS.iter().any(|key| key.split(' ').next() == Some(host))
}
