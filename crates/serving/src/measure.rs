use crate::fixture::*;
use crate::*;
use model::*;
use std::time::Instant;
fn cpu() -> f64 { let s = std::fs::read_to_string("/proc/self/stat").unwrap(); let f: Vec<&str> = s.rsplit(')').next().unwrap().split_whitespace().collect(); (f[11].parse::<f64>().unwrap() + f[12].parse::<f64>().unwrap()) * 10.0 }
#[test]
fn steps() {
    let folder = Folder::new();
    let views = Views::create(&folder.view_file(), &Limits { memory_mb: 512, threads: 2 }).unwrap();
    let big = "/tmp/serving-big.parquet";
    if !std::path::Path::new(big).exists() {
    views.on_writer(&format!("COPY (SELECT 'service-' || s AS service, make_timestamp(1700000040000000 + m*60000000) AS bucket, 60::BIGINT AS count,
       (hash(m+s)%60000000000)::DECIMAL(38,0) cpu_sum, (hash(m+s)%1000000)::INT cpu_min, (hash(m*2+s)%1000000000)::INT cpu_max, make_timestamp(1700000040000000 + m*60000000 + (hash(m*3+s)%60000000)::BIGINT) cpu_max_at,
       (hash(m+s)%60000000000)::DECIMAL(38,0) ram_sum, (hash(m+s)%1000000)::INT ram_min, (hash(m*2+s)%1000000000)::INT ram_max, make_timestamp(1700000040000000 + m*60000000 + (hash(m*3+s)%60000000)::BIGINT) ram_max_at,
       (hash(m+s)%60000000000)::DECIMAL(38,0) disk_sum, (hash(m+s)%1000000)::INT disk_min, (hash(m*2+s)%1000000000)::INT disk_max, make_timestamp(1700000040000000 + m*60000000 + (hash(m*3+s)%60000000)::BIGINT) disk_max_at
       FROM range(1000) b(s), range(10000) a(m)) TO '{big}'")).unwrap();
    }
    let src = format!("read_parquet('{big}')");
    let cols = |o: &str| format!("service, make_timestamp(epoch_us(bucket)), count, cpu_sum::HUGEINT, cpu_min, cpu_max, make_timestamp(epoch_us(cpu_max_at)), ram_sum::HUGEINT, ram_min, ram_max, make_timestamp(epoch_us(ram_max_at)), disk_sum::HUGEINT, disk_min, disk_max, make_timestamp(epoch_us(disk_max_at)) FROM {src} {o}");
    let step = |what: &str, sql: String| { let c = cpu(); t(what, || views.on_writer(&sql).unwrap()); eprintln!("      cpu {} ms", cpu() - c); };
    let lo = 1700000040000000i64; let hi = lo + 1000*60_000_000;
    step("extent", format!("CREATE OR REPLACE TEMP TABLE x AS SELECT count(*), epoch_us(min(bucket)), epoch_us(max(bucket)) FROM {src}"));
    step("count slice", format!("CREATE OR REPLACE TEMP TABLE x AS SELECT count(*) FROM {src} WHERE epoch_us(bucket) >= {lo} AND epoch_us(bucket) < {hi}"));
    step("count slice ts", format!("CREATE OR REPLACE TEMP TABLE x AS SELECT count(*) FROM {src} WHERE bucket >= make_timestamp({lo}) AND bucket < make_timestamp({hi})"));
    step("read slice sum", format!("CREATE OR REPLACE TEMP TABLE x AS SELECT sum(cpu_max) FROM {src} WHERE epoch_us(bucket) >= {lo} AND epoch_us(bucket) < {hi}"));
    step("read slice sum all columns", format!("CREATE OR REPLACE TEMP TABLE x AS SELECT sum(hash(COLUMNS(*))) FROM {src} WHERE epoch_us(bucket) >= {lo} AND epoch_us(bucket) < {hi}"));
    step("read all sum all columns", format!("CREATE OR REPLACE TEMP TABLE x AS SELECT sum(hash(COLUMNS(*))) FROM {src}"));
    step("insert slice unsorted", format!("INSERT INTO minute SELECT {}", cols(&format!("WHERE epoch_us(bucket) >= {lo} AND epoch_us(bucket) < {hi}"))));
    step("insert slice sorted b,s", format!("INSERT INTO minute SELECT {}", cols(&format!("WHERE epoch_us(bucket) >= {lo} AND epoch_us(bucket) < {hi} ORDER BY 2, 1"))));
    step("insert slice sorted expr", format!("INSERT INTO minute SELECT {}", cols(&format!("WHERE epoch_us(bucket) >= {lo} AND epoch_us(bucket) < {hi} ORDER BY make_timestamp(epoch_us(bucket)), service"))));
    step("insert slice sorted b", format!("INSERT INTO minute SELECT {}", cols(&format!("WHERE epoch_us(bucket) >= {lo} AND epoch_us(bucket) < {hi} ORDER BY 2"))));
    step("insert all unsorted", format!("INSERT INTO minute SELECT {}", cols("")));
}
fn t<R>(what: &str, f: impl FnOnce() -> R) -> R {
    let s = Instant::now();
    let r = f();
    eprintln!("{:>8.1} ms  {what}", s.elapsed().as_secs_f64() * 1e3);
    r
}
#[test]
fn measure() {
    let folder = Folder::new();
    let views = Views::create(&folder.view_file(), &Limits { memory_mb: 512, threads: 2 }).unwrap();
    let gen_ = |_: i64, filter: &str| {
        format!("SELECT 'service-' || s AS service, make_timestamp(1700000040000000 + m*60000000) AS bucket, 60::BIGINT AS count,
       (hash(m+s)%60000000000)::DECIMAL(38,0) cpu_sum, (hash(m+s)%1000000)::INT cpu_min, (hash(m*2+s)%1000000000)::INT cpu_max, make_timestamp(1700000040000000 + m*60000000 + (hash(m*3+s)%60000000)::BIGINT) cpu_max_at,
       (hash(m+s)%60000000000)::DECIMAL(38,0) ram_sum, (hash(m+s)%1000000)::INT ram_min, (hash(m*2+s)%1000000000)::INT ram_max, make_timestamp(1700000040000000 + m*60000000 + (hash(m*3+s)%60000000)::BIGINT) ram_max_at,
       (hash(m+s)%60000000000)::DECIMAL(38,0) disk_sum, (hash(m+s)%1000000)::INT disk_min, (hash(m*2+s)%1000000000)::INT disk_max, make_timestamp(1700000040000000 + m*60000000 + (hash(m*3+s)%60000000)::BIGINT) disk_max_at
       FROM {filter}")
    };
    let big = folder.path().join("big.parquet");
    t("write parquet 10M", || {
        views
            .on_writer(&format!(
                "COPY ({}) TO '{}'",
                gen_(10_000, "range(1000) b(s), range(10000) a(m)"),
                big.display()
            ))
            .unwrap()
    });
    t("publish 10M at 512 MB", || views.publish(&of_rollups(vec![(Granularity::Minute, big)], 0)).unwrap());
    t("checkpoint", || views.checkpoint().unwrap());
    t("fold after 10M, nothing doubled", || eprintln!("{:?}", views.fold_partials(Time::MAX).unwrap()));
    t("fill to 40M", || {
        views
            .on_writer(&format!("INSERT INTO minute {}", gen_(40_000, "range(10000, 40000) a(m), range(1000) b(s)")))
            .unwrap()
    });
    t("checkpoint", || views.checkpoint().unwrap());
    let late = folder.path().join("late.parquet");
    views
        .on_writer(&format!(
            "COPY ({}) TO '{}'",
            gen_(40_000, "range(40000) a(m), range(1000) b(s) WHERE (m*1000+s) % 20000 = 0"),
            late.display()
        ))
        .unwrap();
    t("publish 2000 late", || views.publish(&of_rollups(vec![(Granularity::Minute, late)], 1)).unwrap());
    t("checkpoint", || views.checkpoint().unwrap());
    let size = || std::fs::metadata(folder.view_file()).unwrap().len() / 1_000_000;
    eprintln!("{} MB", size());
    t("fold 2000 late in 40M", || eprintln!("{:?}", views.fold_partials(Time::MAX).unwrap()));
    t("checkpoint", || views.checkpoint().unwrap());
    eprintln!("{} MB", size());
    let reading = t("begin", || views.begin().unwrap());
    let read = |what: &str, minutes: i64, services: Option<&[String]>| {
        let from = Time::from_micros(1700000040000000 + 60_000_000 * 20_000);
        let span = Span {
            granularity: Granularity::Minute,
            range: TimeRange::new(from, Time::from_micros(from.as_micros() + minutes * 60_000_000)).unwrap(),
        };
        t(what, || eprintln!("{}", reading.rollups(&span, services, &mut |_, _, _| ()).unwrap()));
    };
    for _ in 0..2 {
        read("1 minute", 1, None);
        read("60 minutes", 60, None);
        read("1 day", 1440, None);
        read("1 day, 1 service", 1440, Some(&["service-7".to_owned()]));
        read("13 days, 1 service", 20_000, Some(&["service-7".to_owned()]));
    }
    views.on_writer("INSERT INTO ledger SELECT 'counts', 'collector', make_timestamp(m*60000000), make_timestamp(m*60000000+60000000), NULL, NULL, NULL, m, 0, 0, 0, '{\"not_json\":3}' FROM range(525600) a(m)").unwrap();
    let reading = views.begin().unwrap();
    t("ledger of a year (debug build)", || {
        eprintln!("{}", reading.ledger(&TimeRange::new(Time::MIN, Time::MAX).unwrap()).unwrap().len())
    });
    t("fold small", || eprintln!("{:?}", views.fold_partials(Time::MAX).unwrap()));
}
