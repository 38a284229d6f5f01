//! Connections to an engine. Docker has BuildKit behind upgrades of HTTP/1 requests (moby:
//! `daemon/server/router/grpc`, `session`); `buildkitd` speaks HTTP/2 from the first byte.

use std::io;
use std::time::Duration;

use hyper::client::conn::http1;
use hyper::header::{CONNECTION, HOST, UPGRADE};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;
use tonic::transport::Channel;

use super::endpoint::{Address, Engine};
use super::{Endpoint, Error, PATIENCE};
use crate::frontend::stdio;
use crate::source::reason;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(10);

/// Bytes in both directions.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A connection to the Control API and the gateway.
pub(super) async fn control(endpoint: &Endpoint) -> Result<Channel, Error> {
    let stream = match endpoint.engine {
        Engine::BuildKit => open(endpoint).await?,
        Engine::Docker => upgraded(endpoint, "/grpc", &[]).await?,
    };
    stdio::connect(stream).await.map_err(|error| Error::Unsuitable(endpoint.clone(), error.to_string()))
}

/// What Docker gives for an upgrade of a request to HTTP/2.
pub(super) async fn upgraded(
    endpoint: &Endpoint,
    path: &str,
    headers: &[(&str, String)],
) -> Result<Box<dyn Stream>, Error> {
    let unsuitable = |reason: String| Error::Unsuitable(endpoint.clone(), reason);
    let mut request = Request::post(path).header(HOST, "docker").header(CONNECTION, "Upgrade").header(UPGRADE, "h2c");
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    let request = request.body(String::new()).map_err(|error| unsuitable(error.to_string()))?;
    let stream = open(endpoint).await?;
    let upgrade = async {
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        // ends with the request, or lives on as what it is upgraded to
        tokio::spawn(connection.with_upgrades());
        let response = sender.send_request(request).await?;
        let status = response.status();
        if status == StatusCode::SWITCHING_PROTOCOLS {
            hyper::upgrade::on(response).await.map(Ok)
        } else {
            Ok(Err(status))
        }
    };
    match timeout(PATIENCE, upgrade).await {
        Ok(Ok(Ok(upgraded))) => Ok(Box::new(TokioIo::new(upgraded))),
        Ok(Ok(Err(status))) => Err(unsuitable(format!("`POST {path}` gives {status}"))),
        Ok(Err(error)) => Err(unsuitable(error.to_string())),
        Err(_) => Err(unsuitable("it does not answer".to_owned())),
    }
}

async fn open(endpoint: &Endpoint) -> Result<Box<dyn Stream>, Error> {
    let opened =
        timeout(CONNECT, connect(&endpoint.address)).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
    opened.map_err(|error| Error::Unreachable(endpoint.clone(), reason(&error)))
}

async fn connect(address: &Address) -> io::Result<Box<dyn Stream>> {
    Ok(match address {
        Address::Unix(path) => Box::new(UnixStream::connect(path).await?),
        Address::Tcp(address) => Box::new(TcpStream::connect(address).await?),
    })
}
