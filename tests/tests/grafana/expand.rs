//! Variables and macros as Grafana's PostgreSQL and Prometheus sources expand them before they ask.

use system_tests::time_text;

/// What a dashboard is looked at with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    /// Microseconds since 1970.
    pub(crate) from: i64,
    pub(crate) to: i64,
    pub(crate) services: &'a [&'a str],
    pub(crate) every: &'a str,
}

impl View<'_> {
    fn quoted(&self, multiple: bool) -> String {
        let names = if multiple { self.services } else { &self.services[..1] };
        names.iter().map(|name| format!("'{}'", name.replace('\'', "''"))).collect::<Vec<_>>().join(",")
    }

    /// A statement as it reaches the server.
    pub(crate) fn sql(&self, text: &str, multiple: bool) -> String {
        let (from, to) = (format!("'{}'", time_text(self.from)), format!("'{}'", time_text(self.to)));
        let mut text = text
            .replace("${service:sqlstring}", &self.quoted(multiple))
            .replace("${host:sqlstring}", &self.quoted(false))
            .replace("${every:raw}", self.every)
            .replace("$__timeFrom()", &from)
            .replace("$__timeTo()", &to);
        while let Some((before, rest)) = text.split_once("$__timeFilter(") {
            let (column, behind) = rest.split_once(')').expect("a macro ends");
            text = format!("{before}{column} BETWEEN {from} AND {to}{behind}");
        }
        assert!(!text.contains('$'), "a macro or variable that is not expanded: {text}");
        text
    }

    /// An expression as it reaches Prometheus.
    pub(crate) fn promql(&self, text: &str, multiple: bool) -> String {
        let services = if multiple { self.services.join("|") } else { self.services[0].to_owned() };
        let text = text.replace("$service", &services).replace("$host", self.services[0]);
        // four scrapes, as Grafana has it, which are a second each in this test
        let text = text.replace("$__rate_interval", "20s");
        assert!(!text.contains('$'), "a macro or variable that is not expanded: {text}");
        text
    }
}
