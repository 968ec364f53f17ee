//! The SQL engine as clients of PostgreSQL expect it: with `pg_catalog`, the functions their tools call, and their ways
//! of writing things.

use super::dialect::Dialect;
use super::failure;
use super::functions;
use super::information;
use super::settings::Settings;
use async_trait::async_trait;
use datafusion::execution::FunctionRegistry;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser;
use datafusion::sql::sqlparser::ast::Statement;
use datafusion_postgres::datafusion_pg_catalog::pg_catalog::context::{PgCatalogContextProvider, Role};
use datafusion_postgres::datafusion_pg_catalog::pg_catalog::setup_pg_catalog;
use datafusion_postgres::pgwire::error::PgWireResult;
use query::sql::{CATALOG, Rows, Sql};
use std::fmt;
use std::sync::Arc;

pub(super) struct Engine {
    sql: Arc<Sql>,
    pub(super) dialect: Dialect,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("sql", &self.sql).finish_non_exhaustive()
    }
}

impl Engine {
    /// Registers what PostgreSQL has and the engine has not, once for all statements.
    pub(super) fn new(sql: Arc<Sql>) -> Result<Engine, query::sql::Error> {
        setup_pg_catalog(sql.base(), CATALOG, Roles).map_err(|error| query::sql::Error::from(*error))?;
        functions::register(sql.base());
        information::register(sql.base())?;
        in_utc(sql.base());
        Ok(Engine { sql, dialect: Dialect::new() })
    }

    /// A context for one statement of a session, with a cut of its own.
    fn context(&self, user: &str, settings: &Settings) -> SessionContext {
        let context = self.sql.statement();
        functions::register_session(&context, user, settings);
        context
    }

    /// What a statement means. The plan holds no cut, and can be run any number of times.
    pub(super) async fn plan(
        &self,
        statement: &Statement,
        user: &str,
        settings: &Settings,
    ) -> PgWireResult<LogicalPlan> {
        let statement = parser::Statement::Statement(Box::new(statement.clone()));
        let plan = self.context(user, settings).state().statement_to_plan(statement).await;
        let plan = plan.map_err(failure::of_statement)?;
        query::sql::read_only().verify_plan(&plan).map_err(failure::of_statement)?;
        Ok(plan)
    }

    /// Runs a plan, in a cut taken now. Dropping the rows ends it.
    pub(super) async fn run(&self, plan: LogicalPlan) -> PgWireResult<Rows> {
        self.sql.execute(&self.sql.statement(), plan).await.map_err(failure::of_running)
    }
}

/// `timestamptz` and `now()` have a time zone; without one they would be taken for local times by drivers.
fn in_utc(base: &SessionContext) {
    let state = base.state_ref();
    let mut state = state.write();
    state.config_mut().options_mut().execution.time_zone = Some("UTC".to_owned());
    let options = state.config().options().clone();
    let functions: Vec<_> = state.scalar_functions().values().cloned().collect();
    for function in functions.iter().filter_map(|function| function.inner().with_updated_config(&options)) {
        // it replaces the one of its name, which there is
        drop(state.register_udf(Arc::new(function)));
    }
}

/// The one role there is, whatever name a client gives itself.
#[derive(Clone, Debug)]
struct Roles;

pub(super) const ROLE: &str = "vitals";

#[async_trait]
impl PgCatalogContextProvider for Roles {
    async fn roles(&self) -> Vec<String> {
        vec![ROLE.to_owned()]
    }

    async fn role(&self, name: &str) -> Option<Role> {
        (name == ROLE).then(|| Role {
            name: ROLE.to_owned(),
            is_superuser: false,
            can_login: true,
            can_create_db: false,
            can_create_role: false,
            can_create_user: false,
            can_replication: false,
            grants: Vec::new(),
            inherited_roles: Vec::new(),
        })
    }
}
