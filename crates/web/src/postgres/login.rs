//! Who may connect: everybody who reaches the port, or who proves by SCRAM-SHA-256 that it has the token for reading.

use super::failure::{self, state};
use super::settings;
use super::tls::Tls;
use async_trait::async_trait;
use datafusion_postgres::pgwire::api::auth::sasl::SASLAuthStartupHandler;
use datafusion_postgres::pgwire::api::auth::sasl::scram::{SCRAM_ITERATIONS, ScramAuth, gen_salted_password};
use datafusion_postgres::pgwire::api::auth::{
    AuthSource, LoginInfo, Password as Salted, ServerParameterProvider, StartupHandler, finish_authentication,
    protocol_negotiation, save_startup_parameters_to_metadata,
};
use datafusion_postgres::pgwire::api::{ClientInfo, METADATA_USER, PidSecretKeyGenerator, RandomPidSecretKeyGenerator};
use datafusion_postgres::pgwire::error::{PgWireError, PgWireResult};
use datafusion_postgres::pgwire::messages::PgWireFrontendMessage;
use datafusion_postgres::pgwire::messages::startup::SecretKey;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use super::wire::Wire;

/// The token as SCRAM keeps it: salted and hashed, so that none of its characters stays in memory.
#[derive(Clone)]
pub struct Password {
    salt: Vec<u8>,
    hashed: Vec<u8>,
}

impl Password {
    pub fn of(token: &str) -> Password {
        // random: another process's hash of the same token is another one
        let salt = uuid::Uuid::new_v4().as_bytes().to_vec();
        let hashed = gen_salted_password(token, &salt, SCRAM_ITERATIONS);
        Password { salt, hashed }
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

#[async_trait]
impl AuthSource for Password {
    /// Whatever the user's name is: there is one password.
    async fn get_password(&self, _: &LoginInfo) -> PgWireResult<Salted> {
        Ok(Salted::new(Some(self.salt.clone()), self.hashed.clone()))
    }
}

/// The numbers by which clients name their connection when they cancel a statement: unique in one process.
#[derive(Clone, Debug, Default)]
pub(super) struct Keys(Arc<RandomPidSecretKeyGenerator>);

impl PidSecretKeyGenerator for Keys {
    fn generate(&self, client: &dyn ClientInfo) -> (i32, SecretKey) {
        self.0.generate(client)
    }
}

/// One client's way in.
pub(super) struct Login {
    keys: Keys,
    /// `None`: nothing has to be proved.
    scram: Option<SASLAuthStartupHandler<Parameters>>,
}

impl Login {
    pub(super) fn new(keys: Keys, password: Option<&Password>, tls: Option<&Tls>) -> Login {
        let scram = password.map(|password| {
            let mut scram = ScramAuth::new(Arc::new(password.clone()));
            // a certificate whose signature has no hash of its own cannot be bound to; TLS and password stay
            let bound = tls.map(|tls| scram.configure_certificate(&tls.pem));
            if let Some(Err(error)) = bound {
                tracing::debug!(%error, "no channel binding with this certificate");
            }
            SASLAuthStartupHandler::new(Arc::new(Parameters))
                .with_scram(scram)
                .with_pid_secret_key_generator(Arc::new(keys.clone()))
        });
        Login { keys, scram }
    }

    /// Takes one message; the client is in when its state says that it is ready for queries.
    pub(super) async fn take(&self, wire: &mut Wire, message: PgWireFrontendMessage) -> PgWireResult<()> {
        if !matches!(message, PgWireFrontendMessage::Startup(_) | PgWireFrontendMessage::PasswordMessageFamily(_)) {
            return Err(failure::fatal(state::PROTOCOL_VIOLATION, "this message makes no sense before authentication"));
        }
        match &self.scram {
            Some(scram) => scram.on_startup(wire, message).await.map_err(|error| refused(wire, error)),
            None => self.trust(wire, message).await,
        }
    }

    async fn trust(&self, wire: &mut Wire, message: PgWireFrontendMessage) -> PgWireResult<()> {
        let PgWireFrontendMessage::Startup(startup) = message else {
            return Err(failure::fatal(state::PROTOCOL_VIOLATION, "the first message has to be a startup message"));
        };
        protocol_negotiation(wire, &startup).await?;
        save_startup_parameters_to_metadata(wire, &startup);
        let (id, key) = self.keys.generate(wire);
        wire.set_pid_and_secret_key(id, key);
        finish_authentication(wire, &Parameters).await
    }
}

fn refused(wire: &Wire, error: PgWireError) -> PgWireError {
    let PgWireError::InvalidPassword(_) = error else { return error };
    let user = wire.metadata().get(METADATA_USER).map_or("", String::as_str);
    let message = format!(
        "password authentication failed for user \"{user}\"; the password is the token in the file that the server's \
         tokens.read_file names"
    );
    failure::fatal(state::INVALID_PASSWORD, message)
}

/// What a client is told of the server once it is in.
#[derive(Debug)]
struct Parameters;

impl ServerParameterProvider for Parameters {
    fn server_parameters<C: ClientInfo>(&self, client: &C) -> Option<HashMap<String, String>> {
        let mut told: HashMap<String, String> =
            settings::reported().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        for name in [METADATA_USER, "application_name"] {
            let value = client.metadata().get(name).cloned().unwrap_or_default();
            let name = if name == METADATA_USER { "session_authorization" } else { name };
            told.insert(name.to_owned(), value);
        }
        Some(told)
    }
}
