//! Connections: what a URL says, TLS, and the pool.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;
use wf_stdlib::StoreError;

/// How many connections there are at most.
const CONNECTIONS: usize = 16;
/// How long making a connection may take, where the URL does not say.
const CONNECT: Duration = Duration::from_secs(10);

/// Reads a URL. What is wrong is told without it: a password may be in it.
pub(crate) fn config(url: &str) -> Result<Config, StoreError> {
    let mut config = Config::from_str(url).map_err(|_| {
        StoreError::Broken(
            "the URL of PostgreSQL can't be read: it is written `postgres://USER:PASSWORD@HOST:PORT/DATABASE`, where `@`, `:` and `/` inside of a name or a password are `%40`, `%3A` and `%2F`".to_owned(),
        )
    })?;
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        config.host("localhost");
    }
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT);
    }
    if config.get_application_name().is_none() {
        config.application_name("wf");
    }
    config.tcp_user_timeout(Duration::from_secs(60));
    Ok(config)
}

/// How the store is called in messages: where it is, and nothing secret.
pub(crate) fn name(config: &Config) -> String {
    let hosts = config.get_hosts().iter().map(|host| match host {
        Host::Tcp(name) => name.clone(),
        #[cfg(unix)]
        Host::Unix(path) => path.display().to_string(),
    });
    let hosts: Vec<String> = hosts.collect();
    let database = config.get_dbname().or(config.get_user()).unwrap_or("postgres");
    format!("PostgreSQL (`{database}` at {})", hosts.join(", "))
}

/// The pool of connections; none is made yet.
pub(crate) fn pool(config: &Config) -> Result<Pool, StoreError> {
    let broken = |message: String| StoreError::Broken(message);
    let options = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = match config.get_ssl_mode() {
        SslMode::Disable => Manager::from_config(config.clone(), NoTls, options),
        _ => {
            let tls = tls().map_err(|e| broken(format!("TLS can't be used: {e}")))?;
            Manager::from_config(config.clone(), MakeRustlsConnect::new(tls), options)
        }
    };
    let pool = Pool::builder(manager).max_size(CONNECTIONS).runtime(Runtime::Tokio1);
    pool.build().map_err(|e| broken(format!("connections can't be made: {e}")))
}

/// Certificates are checked against those that the system trusts.
fn tls() -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(builder.with_platform_verifier()?.with_no_client_auth())
}
