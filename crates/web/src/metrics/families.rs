//! Metrics as the text format has them: families of one name, each with its meaning and its samples.

use prometheus::proto::{Counter, Gauge, LabelPair, Metric, MetricFamily, MetricType, Summary};
use prometheus::{Result, TextEncoder};
use std::time::Duration;

/// What one scrape is answered with; numbers are printed so that they read back as the same bits.
#[derive(Debug, Default)]
pub(crate) struct Families(Vec<MetricFamily>);

/// Labels and a value.
pub(crate) type Sample = (Vec<LabelPair>, f64);

pub(crate) fn sample(labels: &[(&str, &str)], value: f64) -> Sample {
    (pairs(labels), value)
}

/// The one sample of a family without labels.
pub(crate) fn alone(value: f64) -> [Sample; 1] {
    [(Vec::new(), value)]
}

fn pairs(labels: &[(&str, &str)]) -> Vec<LabelPair> {
    let pair = |(name, value): &(&str, &str)| {
        let mut pair = LabelPair::default();
        pair.set_name((*name).to_owned());
        pair.set_value((*value).to_owned());
        pair
    };
    labels.iter().map(pair).collect()
}

impl Families {
    pub(crate) fn gauge(&mut self, name: &str, help: &str, samples: impl IntoIterator<Item = Sample>) {
        let metrics = samples.into_iter().map(|(labels, value)| {
            let (mut metric, mut gauge) = (Metric::from_label(labels), Gauge::default());
            gauge.set_value(value);
            metric.set_gauge(gauge);
            metric
        });
        self.push(name, help, MetricType::GAUGE, metrics.collect());
    }

    /// The name ends in `_total`.
    pub(crate) fn counter(&mut self, name: &str, help: &str, samples: impl IntoIterator<Item = Sample>) {
        let metrics = samples.into_iter().map(|(labels, value)| {
            let (mut metric, mut counter) = (Metric::from_label(labels), Counter::default());
            counter.set_value(value);
            metric.set_counter(counter);
            metric
        });
        self.push(name, help, MetricType::COUNTER, metrics.collect());
    }

    /// How many there were and how long they took together: labels, count and sum.
    pub(crate) fn summary(
        &mut self,
        name: &str,
        help: &str,
        samples: impl IntoIterator<Item = (Vec<LabelPair>, u64, Duration)>,
    ) {
        let metrics = samples.into_iter().map(|(labels, count, sum)| {
            let (mut metric, mut summary) = (Metric::from_label(labels), Summary::default());
            summary.set_sample_count(count);
            summary.set_sample_sum(sum.as_secs_f64());
            metric.set_summary(summary);
            metric
        });
        self.push(name, help, MetricType::SUMMARY, metrics.collect());
    }

    /// Families that were measured as they are; they come with names of their own.
    pub(crate) fn measured(&mut self, families: Vec<MetricFamily>) {
        self.0.extend(families.into_iter().filter(|family| !family.get_metric().is_empty()));
    }

    /// A family without samples is left out, as the format has no place for it.
    fn push(&mut self, name: &str, help: &str, kind: MetricType, metrics: Vec<Metric>) {
        if metrics.is_empty() {
            return;
        }
        let mut family = MetricFamily::default();
        family.set_name(name.to_owned());
        family.set_help(help.to_owned());
        family.set_field_type(kind);
        family.set_metric(metrics);
        self.0.push(family);
    }

    pub(crate) fn text(&self) -> Result<String> {
        TextEncoder::new().encode_to_string(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_survive_the_text() {
        let values = [0.1 + 0.2, 1.0 / 3.0, 5e-324, 1.797_693_134_862_315_7e308, 1_795_219_200.000_001];
        let mut families = Families::default();
        families.gauge(
            "odd",
            "Odd \\ values.\nTwo lines.",
            values.map(|value| sample(&[("service", "a\"b\\c\nd€")], value)),
        );
        families.counter("nothing_total", "Without samples.", []);
        let text = families.text().expect("a text");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[..2], ["# HELP odd Odd \\\\ values.\\nTwo lines.", "# TYPE odd gauge"]);
        for (line, value) in lines[2..].iter().zip(values) {
            let (labels, number) = line.split_once(' ').expect("labels and a number");
            assert_eq!(labels, "odd{service=\"a\\\"b\\\\c\\nd€\"}");
            assert_eq!(number.parse::<f64>().expect("a number").to_bits(), value.to_bits(), "{number}");
        }
        assert_eq!(lines.len(), 2 + values.len());
    }

    #[test]
    fn a_summary_has_a_count_and_a_sum() {
        let mut families = Families::default();
        families.summary("took_seconds", "How long.", [(pairs(&[("job", "batch")]), 3, Duration::from_millis(1500))]);
        let text = families.text().expect("a text");
        assert!(text.ends_with("took_seconds_sum{job=\"batch\"} 1.5\ntook_seconds_count{job=\"batch\"} 3\n"), "{text}");
    }
}
