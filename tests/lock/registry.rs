//! A registry on this machine, as far as `mopy lock` asks for something (opencontainers/distribution-spec).

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// What it has: manifests by repository and tag or digest, blobs by their digest, each with its media type.
#[derive(Default)]
struct Content {
    files: HashMap<String, (&'static str, Vec<u8>)>,
    /// What requests have to be authorised with, if with anything.
    authorization: Option<&'static str>,
    asked: Vec<String>,
}

#[derive(Clone)]
pub(crate) struct Registry {
    port: u16,
    content: Arc<Mutex<Content>>,
}

impl Registry {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let registry = Self { port: listener.local_addr().unwrap().port(), content: Arc::default() };
        let serving = registry.clone();
        // it ends with the test's process
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let serving = serving.clone();
                std::thread::spawn(move || serving.serve(&stream.unwrap()));
            }
        });
        registry
    }

    pub(crate) fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// From now on, requests have to be authorised with `authorization`.
    pub(crate) fn wants(&self, authorization: &'static str) {
        self.content.lock().unwrap().authorization = Some(authorization);
    }

    /// The paths that were asked for since the last time.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.content.lock().unwrap().asked)
    }

    /// Lets a tag name an index of images for `platforms` that hold `content`, and gives its digest.
    pub(crate) fn push(&self, repository: &str, tag: &str, platforms: &[&str], content: &str) -> String {
        let images = platforms.iter().map(|platform| {
            let parts: Vec<&str> = platform.split('/').collect();
            let mut described = json!({ "os": parts[0], "architecture": parts[1] });
            if let Some(variant) = parts.get(2) {
                described["variant"] = json!(variant);
            }
            let digest = digest(format!("{content} {platform}").as_bytes());
            json!({ "mediaType": MANIFEST, "digest": digest, "size": 1, "platform": described })
        });
        let mut images: Vec<Value> = images.collect();
        // as BuildKit does for provenance
        images.push(json!({
            "mediaType": MANIFEST, "digest": digest(b"attestation"), "size": 1,
            "platform": { "os": "unknown", "architecture": "unknown" },
        }));
        let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": images });
        self.put(repository, tag, INDEX, &index)
    }

    /// Lets a tag name one image without an index, and gives its digest.
    pub(crate) fn push_one(&self, repository: &str, tag: &str, platform: [&str; 2]) -> String {
        let config = json!({ "os": platform[0], "architecture": platform[1] }).to_string();
        let config_digest = digest(config.as_bytes());
        let blob = format!("/v2/{repository}/blobs/{config_digest}");
        let size = config.len();
        self.content.lock().unwrap().files.insert(blob, ("application/json", config.into_bytes()));
        let config = json!({
            "mediaType": "application/vnd.oci.image.config.v1+json", "digest": config_digest, "size": size,
        });
        let manifest = json!({ "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [] });
        self.put(repository, tag, MANIFEST, &manifest)
    }

    /// Forgets all that it has.
    pub(crate) fn clear(&self) {
        self.content.lock().unwrap().files.clear();
    }

    fn put(&self, repository: &str, tag: &str, kind: &'static str, manifest: &Value) -> String {
        let bytes = manifest.to_string().into_bytes();
        let digest = digest(&bytes);
        let mut content = self.content.lock().unwrap();
        for name in [tag, &digest] {
            content.files.insert(format!("/v2/{repository}/manifests/{name}"), (kind, bytes.clone()));
        }
        digest
    }

    fn serve(&self, stream: &TcpStream) {
        let mut reader = BufReader::new(stream);
        loop {
            let mut lines = Vec::new();
            let mut line = String::new();
            while reader.read_line(&mut line).is_ok_and(|length| length > 2) {
                lines.push(std::mem::take(&mut line));
            }
            let Some(path) = lines.first().and_then(|line| line.split(' ').nth(1)) else { return };
            let given = lines.iter().find(|line| line.to_ascii_lowercase().starts_with("authorization:"));
            let mut content = self.content.lock().unwrap();
            if path != "/v2/" {
                content.asked.push(path.to_owned());
            }
            let refused = content.authorization.is_some_and(|wanted| given.is_none_or(|given| !given.contains(wanted)));
            let (status, kind, body) = match content.files.get(path) {
                _ if refused => {
                    ("401 Unauthorized", "application/json", br#"{"errors":[{"code":"UNAUTHORIZED"}]}"#.to_vec())
                }
                Some((kind, body)) => ("200 OK", *kind, body.clone()),
                None if path == "/v2/" => ("200 OK", "application/json", b"{}".to_vec()),
                None => ("404 Not Found", "application/json", br#"{"errors":[{"code":"MANIFEST_UNKNOWN"}]}"#.to_vec()),
            };
            drop(content);
            let challenge = if refused { "WWW-Authenticate: Basic realm=\"registry\"\r\n" } else { "" };
            let length = body.len();
            let digest = digest(&body);
            let head = format!(
                "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\
                 Docker-Content-Digest: {digest}\r\n{challenge}\r\n"
            );
            let mut stream = stream;
            if stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body)).is_err() {
                return;
            }
        }
    }
}

/// The digest of some bytes.
pub(crate) fn digest(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}
