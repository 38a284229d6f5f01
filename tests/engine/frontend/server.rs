//! A server of a few files over http, for the engine on this machine and for the steps of builds.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
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
        let listener = TcpListener::bind((ip, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let files = Arc::new(files);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let files = Arc::clone(&files);
                thread::spawn(move || answer(stream, &files, authorization));
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

fn answer(stream: TcpStream, files: &Files, authorization: Option<&str>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    loop {
        let mut request = String::new();
        if reader.read_line(&mut request).ok()? == 0 {
            return None;
        }
        let mut allowed = authorization.is_none();
        loop {
            let mut header = String::new();
            reader.read_line(&mut header).ok()?;
            let (name, value) = header.trim_end().split_once(": ").unwrap_or_default();
            allowed |= name.eq_ignore_ascii_case("authorization") && Some(value) == authorization;
            if header.trim_end().is_empty() {
                break;
            }
        }
        let mut words = request.split(' ');
        let (method, path) = (words.next()?, words.next()?);
        let content = files.get(path).filter(|_| allowed);
        let status = match (allowed, content) {
            (false, _) => "401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"",
            (true, Some(_)) => "200 OK",
            (true, None) => "404 Not Found",
        };
        let empty = Vec::new();
        let content = content.unwrap_or(&empty);
        let kind = if path.ends_with('/') { "text/html" } else { "application/octet-stream" };
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
