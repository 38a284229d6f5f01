//! A server of a few files over http, for the engine on this machine and for the steps of builds.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use crate::docker::docker;

/// A server that lives as long as the process.
pub(crate) struct Server {
    address: SocketAddr,
}

/// What is served: paths and their contents.
pub(crate) type Files = HashMap<String, Vec<u8>>;

impl Server {
    /// Serves `files`; with `authorization`, only to requests that have this header's value.
    pub(crate) fn start(ip: IpAddr, files: Files, authorization: Option<&'static str>) -> Self {
        Self::refusing(ip, files, authorization, "401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"")
    }

    /// The same, with the status that others see.
    pub(crate) fn refusing(
        ip: IpAddr,
        files: Files,
        authorization: Option<&'static str>,
        refusal: &'static str,
    ) -> Self {
        let listener = TcpListener::bind((ip, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let files = Arc::new(files);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let files = Arc::clone(&files);
                thread::spawn(move || answer(stream, &files, authorization, refusal));
            }
        });
        Self { address }
    }

    /// The URL of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Host and port.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

fn answer(stream: TcpStream, files: &Files, authorization: Option<&str>, refusal: &str) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    loop {
        let mut request = String::new();
        if reader.read_line(&mut request).ok()? == 0 {
            return None;
        }
        let mut allowed = authorization.is_none();
        let mut body = 0;
        loop {
            let mut header = String::new();
            reader.read_line(&mut header).ok()?;
            let (name, value) = header.trim_end().split_once(": ").unwrap_or_default();
            if name.eq_ignore_ascii_case("content-length") {
                body = value.parse().ok()?;
            }
            allowed |= name.eq_ignore_ascii_case("authorization") && Some(value) == authorization;
            if header.trim_end().is_empty() {
                break;
            }
        }
        reader.read_exact(&mut vec![0; body]).ok()?;
        let mut words = request.split(' ');
        let (method, path) = (words.next()?, words.next()?);
        let path = path.split('?').next()?;
        let content = files.get(path).filter(|_| allowed);
        let status = match (allowed, content) {
            (false, _) => refusal,
            (true, Some(_)) => "200 OK",
            (true, None) => "404 Not Found",
        };
        let empty = Vec::new();
        let content = content.unwrap_or(&empty);
        let kind = match path.rsplit('/').next()? {
            "" => "text/html",
            // git-lfs asks for it
            "batch" => "application/vnd.git-lfs+json",
            _ => "application/octet-stream",
        };
        let mut stream = &stream;
        write!(stream, "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n", content.len())
            .ok()?;
        if method != "HEAD" {
            stream.write_all(content).ok()?;
        }
    }
}

/// The address at which the steps of a build reach this machine.
pub(crate) fn bridge() -> IpAddr {
    let format = "{{(index .IPAM.Config 0).Gateway}}";
    let gateway = docker(&["network", "inspect", "bridge", "--format", format]).expect().stdout;
    gateway.trim().parse().unwrap_or_else(|_| {
        // an engine that was never asked for a container has no gateway in its configuration
        let printed = docker(&["run", "--rm", "python:3.13-trixie", "python", "-c", ROUTE]).expect().stdout;
        printed.trim().parse().unwrap()
    })
}

const ROUTE: &str = "
import socket, struct
for line in open('/proc/net/route'):
    words = line.split()
    if words[1] == '00000000':
        print(socket.inet_ntoa(struct.pack('<L', int(words[2], 16))))
";
