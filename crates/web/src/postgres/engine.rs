//! The SQL engine as clients of PostgreSQL expect it: with `pg_catalog`, the functions their tools call, and their ways
//! of writing things.

use super::dialect::{Dialect, Spoken};
use super::failure;
use super::functions;
use super::information;
use super::settings::Settings;
use async_trait::async_trait;
use datafusion::arrow::datatypes::{DataType, Fields, Schema, SchemaRef};
use datafusion::catalog::{CatalogProvider, CatalogProviderList, MemoryCatalogProvider, MemoryCatalogProviderList};
use datafusion::execution::SessionStateBuilder;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser;
use datafusion_postgres::datafusion_pg_catalog::pg_catalog::context::{PgCatalogContextProvider, Role};
use datafusion_postgres::datafusion_pg_catalog::pg_catalog::setup_pg_catalog;
use datafusion_postgres::pgwire::error::PgWireResult;
use query::sql::{CATALOG, Rows, SCHEMA, Sql, bounds, plan_statement};
use std::fmt;
use std::sync::Arc;

pub(super) struct Engine {
    sql: Arc<Sql>,
    /// What the context of a statement begins with.
    base: SessionContext,
    pub(super) dialect: Dialect,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("sql", &self.sql).finish_non_exhaustive()
    }
}

impl Engine {
    /// The tables of `sql`, and beside them what PostgreSQL has and the engine has not, registered once for all
    /// statements; whoever asks `sql` in another way sees nothing of it.
    pub(super) fn new(sql: Arc<Sql>) -> Result<Engine, query::sql::Error> {
        let public = sql.base().catalog(CATALOG).and_then(|catalog| catalog.schema(SCHEMA));
        let public =
            public.ok_or_else(|| query::sql::Error::Failed(format!("there is no schema {CATALOG}.{SCHEMA}")))?;
        let (catalogs, catalog) = (Arc::new(MemoryCatalogProviderList::new()), Arc::new(MemoryCatalogProvider::new()));
        catalog.register_schema(SCHEMA, public)?;
        catalogs.register_catalog(CATALOG.to_owned(), catalog);
        let state = SessionStateBuilder::new_from_existing(sql.base().state()).with_catalog_list(catalogs);
        let base = SessionContext::new_with_state(state.build());
        setup_pg_catalog(&base, CATALOG, Roles).map_err(|error| query::sql::Error::from(*error))?;
        functions::register(&base);
        information::register(&base)?;
        Ok(Engine { sql, base, dialect: Dialect::new() })
    }

    /// A context for one statement, with a cut of its own.
    fn statement(&self) -> SessionContext {
        let mut state = self.base.state();
        // the cut travels in the configuration
        *state.config_mut() = self.sql.statement().copied_config();
        SessionContext::new_with_state(state)
    }

    /// What a statement means to a session. The plan holds no cut, and can be run any number of times.
    pub(super) async fn plan(&self, asked: &Spoken, user: &str, settings: &Settings) -> PgWireResult<LogicalPlan> {
        let context = self.statement();
        functions::register_session(&context, user, settings);
        if asked.about_catalog {
            functions::register_for_catalog(&context);
        }
        let statement = parser::Statement::Statement(Box::new(asked.statement.clone()));
        let plan = plan_statement(&context.state(), statement).await.map_err(failure::of_statement)?;
        bounds::check_plan(&plan).map_err(failure::of_running)?;
        Ok(plan)
    }

    /// What the rows of a plan will be. Some types are settled by the engine's rules alone, as those of a `UNION`; a
    /// value of no type is a text.
    pub(super) fn columns(&self, plan: &LogicalPlan) -> SchemaRef {
        let state = self.base.state();
        let analyzed = state.analyzer().execute_and_check(plan.clone(), state.config_options(), |_, _| {});
        let schema = analyzed.as_ref().unwrap_or(plan).schema().as_arrow().clone();
        let fields = schema.fields().iter().map(|field| match field.data_type() {
            DataType::Null => Arc::new(field.as_ref().clone().with_data_type(DataType::Utf8)),
            _ => field.clone(),
        });
        Arc::new(Schema::new_with_metadata(fields.collect::<Fields>(), schema.metadata().clone()))
    }

    /// Runs a plan, in a cut taken now. Dropping the rows ends it.
    pub(super) async fn run(&self, plan: LogicalPlan) -> PgWireResult<Rows> {
        self.sql.execute(&self.statement(), plan).await.map_err(failure::of_running)
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
