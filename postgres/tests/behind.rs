//! What others do to the database while a program runs: tables that are changed behind its back, values
//! that it never writes, connections that are cut. Each is told or tried again; nothing is lost, made up
//! or waited for without end. Without PostgreSQL on the machine nothing is tried.

#[cfg(unix)]
#[path = "server/start.rs"]
mod start;

#[cfg(unix)]
mod trials {
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use serde_json::{Value, json};
    use wf_engine::{Engine, Entities, MemoryFiles, Program, RunOptions, Status};
    use wf_postgres::PostgresStore;

    use crate::start::Server;

    const ITEMS: &str = r#"
        entity Item { name: string unique, n: int, at: instant?, price: decimal?, share: float? }

        workflow fill {
          trigger function()
          for i in 0..8 as all {
            step made = entity.create<Item> {
              payload: { name: "item {{ i }}", n: i, at: run.startedAt, price: 1.50, share: 0.5 }
            }
          }
          return steps.all.output.count
        }

        workflow read {
          trigger function()
          step found = try entity.query<Item> { orderBy: i => i.n }
          let items = steps.found.output?.entities ?? []
          return {
            n: items | map(i => i.n) | sum
            names: items | filter(i => i.name != "") | length
            shares: items | filterMap(i => i.share) | sum
            prices: items | filterMap(i => i.price) | length
            times: items | filterMap(i => i.at) | length
            code: steps.found.error?.code
            why: steps.found.error?.message
          }
        }

        workflow write {
          trigger function(name: string)
          step made = try entity.create<Item> { payload: { name: trigger.arguments.name, n: 1 } }
          return { code: steps.made.error?.code, why: steps.made.error?.message }
        }

        /// A step that is cut off is tried again: it comes to the same.
        workflow count {
          trigger function()
          for i in 0..60 as all parallel 4 {
            step made = entity.upsert<Item> {
              where: item => item.name == "counted {{ i }}"
              payload: { name: "counted {{ i }}", n: i }
            } with { retry: { attempts: 50, backoff: 20ms, maxBackoff: 200ms } }
          }
          step found = entity.query<Item> { where: item => startsWith(item.name, "counted") }
            with { retry: { attempts: 50, backoff: 20ms, maxBackoff: 200ms } }
          return steps.found.output.totalCount
        }
    "#;

    struct World {
        engine: Engine,
        program: Arc<Program>,
    }

    impl World {
        fn over(server: &Server) -> Self {
            let store = Arc::new(PostgresStore::open(&server.url("")).expect("a URL"));
            let engine = Engine::builder().entities(Entities::Store(store)).workers(2);
            let engine = engine.build().expect("an engine");
            let compiled = engine.compile(&["w.wf"], &MemoryFiles::from([("w.wf", ITEMS)]));
            let program = compiled.into_program().expect("it compiles");
            Self { engine, program }
        }

        fn run(&self, workflow: &str, arguments: &[(&str, &str)]) -> Value {
            let arguments = arguments.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
            let options = RunOptions {
                workflow: Some(workflow.to_owned()),
                arguments: arguments.collect(),
                ..RunOptions::default()
            };
            let began = Instant::now();
            let report = self.engine.run(&self.program, options).expect("it starts");
            assert!(began.elapsed() < Duration::from_secs(40), "it hangs");
            assert_eq!(report.status, Status::Complete, "{report:?}");
            report.result
        }

        fn fails(&self, workflow: &str, why: &str) {
            let result = self.run(workflow, &[("name", "x")][..usize::from(workflow == "write")]);
            assert_eq!(result["code"], "Store", "{result}");
            assert!(result["why"].as_str().is_some_and(|text| text.contains(why)), "{result}");
        }
    }

    #[test]
    fn tables_that_others_change_are_told() {
        let Some(server) = Server::start() else { return };
        let world = World::over(&server);
        assert_eq!(world.run("fill", &[]), 8);
        let all = world.run("read", &[]);
        let expected = json!({
            "n": 28, "names": 8, "shares": 4.0, "prices": 8, "times": 8, "code": null, "why": null
        });
        assert_eq!(all, expected);
        let change = |sql: &str| server.run_sql(&format!("ALTER TABLE \"entity_Item\" {sql}"));

        // Texts of eight bytes are no numbers.
        change("ALTER n TYPE text USING '1234567' || n");
        World::over(&server).fails("read", "the column `n`");
        // Connections that know the old type are given up, one after another.
        let told = (0..20).any(|_| {
            let result = world.run("read", &[]);
            result["why"].as_str().is_some_and(|why| why.contains("the column `n`"))
        });
        assert!(told);
        change("ALTER n TYPE bigint USING right(n, 1)::bigint");
        change("ALTER share TYPE bigint USING 4607182418800017408");
        World::over(&server).fails("read", "the column `share`");
        change("ALTER share TYPE double precision USING 0.5");
        assert_eq!(World::over(&server).run("read", &[]), expected);

        // Values that the language has not.
        let world = World::over(&server);
        for (set, unset, why) in [
            ("share = 'NaN' WHERE n = 3", "share = 0.5", "can't be read"),
            ("share = 'Infinity' WHERE n = 3", "share = 0.5", "can't be read"),
            ("price = 'NaN' WHERE n = 3", "price = 1.5", "can't be read"),
            ("price = 1e9000 WHERE n = 3", "price = 1.5", "can't be read"),
            ("at = 'infinity' WHERE n = 3", "at = now()", "can't be read"),
            ("at = '294276-01-01' WHERE n = 3", "at = now()", ""),
            ("n = NULL WHERE name = 'item 3'", "n = 3 WHERE name = 'item 3'", ""),
            ("name = NULL WHERE n = 3", "name = 'item 3' WHERE n = 3", ""),
        ] {
            server.run_sql(&format!("UPDATE \"entity_Item\" SET {set}"));
            world.fails("read", why);
            server.run_sql(&format!("UPDATE \"entity_Item\" SET {unset}"));
        }
        assert_eq!(world.run("read", &[])["n"], 28);

        change("DROP COLUMN n");
        world.fails("write", "");
        world.fails("read", "");
        server.run_sql("DROP TABLE \"entity_Item\"");
        world.fails("write", "entity_Item");
    }

    #[test]
    fn texts_that_it_can_not_keep_are_told() {
        let Some(server) = Server::start() else { return };
        let world = World::over(&server);
        let result = world.run("write", &[("name", "a\0b")]);
        assert_eq!(result["code"], "Store", "{result}");
        assert!(result["why"].as_str().is_some_and(|why| why.contains("NUL")), "{result}");
        // A unique text is as long as a page of an index takes.
        let long: String = (0..20_000_u32).map(|n| char::from(b'a' + (n * n % 26) as u8)).collect();
        let result = world.run("write", &[("name", &long)]);
        assert!(result["code"].is_null() || result["code"] == "Store", "{result}");
        assert_eq!(world.run("write", &[("name", "'); DROP TABLE x; --")])["code"], Value::Null);
    }

    #[test]
    fn connections_that_are_cut_are_made_again() {
        let Some(server) = Server::start() else { return };
        let world = World::over(&server);
        assert_eq!(world.run("fill", &[]), 8);
        let result = std::thread::scope(|scope| {
            let running = scope.spawn(|| world.run("count", &[]));
            let until = Instant::now() + Duration::from_secs(30);
            while !running.is_finished() && Instant::now() < until {
                server.run_sql(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                     WHERE application_name = 'wf'",
                );
                std::thread::sleep(Duration::from_millis(150));
            }
            running.join().expect("it ends")
        });
        assert_eq!(result, 60);
    }

    #[test]
    fn a_server_that_only_reads_or_hurries_is_told() {
        let Some(server) = Server::start() else { return };
        let world = World::over(&server);
        assert_eq!(world.run("fill", &[]), 8);
        server.run_sql("ALTER ROLE wf SET default_transaction_read_only = on");
        World::over(&server).fails("write", "read-only");
        assert_eq!(World::over(&server).run("read", &[])["n"], 28);
    }
}
