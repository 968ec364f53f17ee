//! The server's certificate and key. Whatever is wrong with them stops the start: who set them would take a connection
//! in plain text for an encrypted one.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use thiserror::Error;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ServerConfig};

/// What a client that begins with TLS at once says it speaks.
pub(super) const ALPN: &[u8] = b"postgresql";

#[derive(Debug, Error)]
pub enum TlsError {
    #[error("cannot read the certificate in {}: {problem}", path.display())]
    Certificate { path: PathBuf, problem: String },
    #[error("cannot read the private key in {}: {problem}", path.display())]
    Key { path: PathBuf, problem: String },
    #[error("the key in {} does not fit the certificate in {}: {problem}", key.display(), certificate.display())]
    Mismatch { certificate: PathBuf, key: PathBuf, problem: rustls::Error },
}

/// A certificate chain and its key, fit to be used.
#[derive(Clone)]
pub struct Tls {
    pub(super) acceptor: TlsAcceptor,
    /// As it stands in the file; clients bind their password to it.
    pub(super) pem: Arc<[u8]>,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tls(…)")
    }
}

impl Tls {
    /// Reads both files, in PEM. The certificate of the server comes first, then those that lead to its authority.
    pub fn read(certificate: &Path, key: &Path) -> Result<Tls, TlsError> {
        let unread = |problem: String| TlsError::Certificate { path: certificate.to_owned(), problem };
        let pem = std::fs::read(certificate).map_err(|error| unread(error.to_string()))?;
        let chain = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
        let chain = chain.map_err(|error| unread(error.to_string()))?;
        if chain.is_empty() {
            return Err(unread("it holds no certificate in PEM (-----BEGIN CERTIFICATE-----)".to_owned()));
        }
        let secret = PrivateKeyDer::from_pem_file(key)
            .map_err(|error| TlsError::Key { path: key.to_owned(), problem: error.to_string() })?;
        let misfit = |problem| TlsError::Mismatch { certificate: certificate.to_owned(), key: key.to_owned(), problem };
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(misfit)?
            .with_no_client_auth()
            .with_single_cert(chain, secret)
            .map_err(misfit)?;
        config.alpn_protocols = vec![ALPN.to_vec()];
        Ok(Tls { acceptor: TlsAcceptor::from(Arc::new(config)), pem: pem.into() })
    }
}
