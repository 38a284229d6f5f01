//! The connection to BuildKit: HTTP/2 over standard input and output, with the frontend as the client
//! (`frontend/gateway/gateway.go`).

use std::future::{Ready, ready};
use std::io;
use std::task::{Context, Poll};

use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tonic::codegen::Service;
use tonic::codegen::http::Uri;
use tonic::transport::{Channel, Endpoint, Error};

/// The details of a failed build are sent in a trailer and contain whole files and definitions; hyper closes the
/// connection above 16 KiB by default.
const HEADER_LIST: u32 = 16 << 20;

/// Connects over the bidirectional stream `io`. The HTTP/2 preface is sent immediately, because BuildKit waits ten
/// seconds for it.
///
/// # Errors
///
/// The other side has disconnected, or does not use HTTP/2.
pub async fn connect<IO>(io: IO) -> Result<Channel, Error>
where
    IO: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    Endpoint::from_static("http://localhost")
        .http2_max_header_list_size(HEADER_LIST)
        .connect_with_connector(OneShot(Some(io)))
        .await
}

/// Returns the only stream once. tonic asks again after the connection has ended.
struct OneShot<IO>(Option<IO>);

impl<IO> Service<Uri> for OneShot<IO>
where
    IO: AsyncRead + AsyncWrite,
{
    type Response = TokioIo<IO>;
    type Error = io::Error;
    type Future = Ready<io::Result<TokioIo<IO>>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        ready(self.0.take().map(TokioIo::new).ok_or_else(|| io::ErrorKind::NotConnected.into()))
    }
}
