//! The store against a server that the test starts; without PostgreSQL on the machine nothing is tried.

#[cfg(unix)]
#[path = "server/start.rs"]
mod start;

#[cfg(unix)]
mod trials {
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use serde_json::json;
    use uuid::Uuid;
    use wf_engine::{Engine, Entities, MemoryFiles, RunOptions, Status};
    use wf_postgres::PostgresStore;
    use wf_stdlib::stores::trial::{self, Weakness};
    use wf_stdlib::{Change, EntityStore, Question, Row, StoreError};
    use wf_vm::bytecode::EntityInfo;
    use wf_vm::bytecode::pushdown::Kind;

    use crate::start::Server;

    fn store(server: &Server) -> PostgresStore {
        PostgresStore::open(&server.url("")).expect("a URL")
    }

    fn lead(name: &str) -> EntityInfo {
        trial::entity(name, &[("name", Some(Kind::String), false)], &["name"], &[])
    }

    fn row(id: u128, name: &str) -> Row {
        let payload = format!("{{\"name\":{name:?}}}");
        Row { id: Uuid::from_u128(id), created_at: 1, updated_at: 1, payload }
    }

    #[test]
    fn it_answers_as_the_store_in_memory() {
        let Some(server) = Server::start() else { return };
        let store = store(&server);
        let weakness = Weakness { no_nul: true, undecided: true };
        let (rounds, mut undecided) = (12, 0);
        for seed in 0..25 {
            undecided += trial::agrees(&store, weakness, seed, rounds);
        }
        // Arithmetic of decimals and instants, and durations in JSON, are left to the machine.
        assert!(undecided < 25 * rounds * 4 / 4, "{undecided}");
        trial::races(&store, 1);
        trial::migrates(&|| Arc::new(self::store(&server)));
    }

    #[test]
    fn what_it_can_not_keep_is_a_clear_failure() {
        let Some(server) = Server::start() else { return };
        let store = store(&server);
        let entity = lead("Lead");
        let insert = |row| Change::Insert { entity: &entity, row };
        let nul = Row { payload: r#"{"name":"a\u0000b"}"#.to_owned(), ..row(1, "") };
        let error = store.apply(&[insert(row(2, "Ada")), insert(nul)]).expect_err("it has a NUL");
        assert!(matches!(&error, StoreError::Broken(m) if m.contains("NUL")), "{error:?}");
        assert_eq!(store.find(&Question::all(&entity)).expect("rows").rows, []);
        store.apply(&[insert(row(2, "Ada"))]).expect("it is stored");
        for (other, message) in [
            (row(3, "Ada"), "another `Lead` has the same `name`, which is unique"),
            (row(2, "Bob"), "there is a `Lead` with this id already"),
        ] {
            let error = store.apply(&[insert(other)]);
            assert_eq!(error, Err(StoreError::Conflict(message.to_owned())));
        }
        let plan = store.explain(&Question::all(&entity)).expect("a plan").expect("it has one");
        assert!(plan.starts_with("SELECT id, \"createdAt\""), "{plan}");
    }

    #[test]
    fn a_server_that_is_gone_is_a_failure_that_passes() {
        let Some(mut server) = Server::start() else { return };
        let store = store(&server);
        let entity = lead("Lead");
        store.apply(&[Change::Insert { entity: &entity, row: row(1, "Ada") }]).expect("stored");
        std::thread::scope(|scope| {
            let writers: Vec<_> = (0..4_u128)
                .map(|writer| {
                    let (store, entity) = (&store, &entity);
                    scope.spawn(move || {
                        for number in 0..10_000 {
                            let id = 1000 + writer * 100_000 + number;
                            let row = row(id, &format!("n{id}"));
                            if let Err(error) = store.apply(&[Change::Insert { entity, row }]) {
                                return Some(error);
                            }
                        }
                        None
                    })
                })
                .collect();
            std::thread::sleep(Duration::from_millis(300));
            server.kill();
            let began = Instant::now();
            for writer in writers {
                let error = writer.join().expect("no panic").expect("the server is gone");
                assert!(matches!(error, StoreError::Unreachable(_)), "{error:?}");
            }
            assert!(began.elapsed() < Duration::from_secs(30));
        });
        let error = store.row(&entity, Uuid::from_u128(1)).expect_err("nobody answers");
        assert!(matches!(error, StoreError::Unreachable(_)), "{error:?}");
        server.again();
        let found = store.row(&entity, Uuid::from_u128(1)).expect("it answers again");
        assert_eq!(found.map(|row| row.payload).as_deref(), Some(r#"{"name":"Ada"}"#));
    }

    #[test]
    fn what_takes_too_long_is_given_up() {
        let Some(server) = Server::start() else { return };
        let store = store(&server);
        let entity = lead("Lead");
        store.apply(&[Change::Insert { entity: &entity, row: row(1, "Ada") }]).expect("stored");
        let lock = server.hold("LOCK TABLE \"entity_Lead\" IN ACCESS EXCLUSIVE MODE");
        let hurried = store.within(Duration::from_millis(300)).expect("it has limits");
        let began = Instant::now();
        for outcome in [
            hurried.row(&entity, Uuid::from_u128(1)).map(|_| ()),
            hurried.apply(&[Change::Insert { entity: &entity, row: row(2, "Bob") }]),
        ] {
            assert!(matches!(outcome, Err(StoreError::Unreachable(_))), "{outcome:?}");
        }
        assert!(began.elapsed() < Duration::from_secs(20));
        drop(lock);
        assert!(store.row(&entity, Uuid::from_u128(1)).expect("it answers").is_some());
        assert_eq!(store.row(&entity, Uuid::from_u128(2)), Ok(None));
    }

    const STOCK: &str = r#"
        entity Item { name: string unique, stock: int index, price: decimal? }

        workflow fill {
          trigger function(count: int)
          for i in 0..trigger.arguments.count as all parallel 16 {
            step made = entity.create<Item> { payload: { name: "item {{ i }}", stock: i, price: 1.50 } }
            step taken = entity.update<Item> {
              id: steps.made.output.entityId
              set: { stock: i + 1 }
              if: item => item.stock >= 10
            }
            yield steps.taken.output.applied
          }
          step most = entity.query<Item> {
            where: item => item.stock > 5 and item.name != "item 19"
            orderBy: item => item.stock
            descending: true
            limit: 2
          }
          step again = try entity.create<Item> { payload: { name: "item 1", stock: 0 } }
          return {
            applied: steps.all.output.results | filter(a => a) | length
            most: steps.most.output.entities | map(item => item.name)
            total: steps.most.output.totalCount
            more: steps.most.output.hasMore
            again: steps.again.error?.code
          }
        }
    "#;

    #[test]
    fn workflows_run_over_it() {
        let Some(mut server) = Server::start() else { return };
        let files = MemoryFiles::from([("stock.wf", STOCK)]);
        let options = || RunOptions {
            arguments: vec![("count".to_owned(), "20".to_owned())],
            ..RunOptions::default()
        };
        for serial in [true, false] {
            let name = if serial { "one" } else { "two" };
            server.run_sql(&format!("CREATE SCHEMA {name}"));
            let url = server.url(&format!("?options=-csearch_path%3D{name}"));
            let store = Arc::new(PostgresStore::open(&url).expect("a URL"));
            let builder = Engine::builder().entities(Entities::Store(store));
            let builder = if serial { builder.serial(7) } else { builder.workers(2) };
            let engine = builder.build().expect("an engine");
            let compiled = engine.compile(&["stock.wf"], &files);
            let program = compiled.program.unwrap_or_else(|| panic!("{:?}", compiled.diagnostics));
            let report = engine.run(&program, options()).expect("it starts");
            assert_eq!(
                report.result,
                json!({"applied": 10, "most": ["item 18", "item 17"], "total": 13, "more": true, "again": "Conflict"}),
                "{report:?}"
            );
            if !serial {
                server.kill();
                let report = engine.run(&program, options()).expect("it starts");
                assert_eq!(report.status, Status::Failed, "{report:?}");
            }
        }
    }

    #[test]
    fn no_password_is_told() {
        const SECRET: &str = "hunter2";
        for url in [
            format!("postgres://ada:{SECRET}@localhost:notaport/x"),
            format!("postgres://ada:{SECRET}@:{SECRET}@h/x?{SECRET}=1"),
            format!("postgres://ada:{SECRET}@localhost:1/x?connect_timeout=1"),
            format!("postgres://ada:{SECRET}@nowhere.invalid/x?connect_timeout=1"),
        ] {
            let error = match PostgresStore::open(&url) {
                Err(error) => error,
                Ok(store) => store.prepare(&[lead("Lead")]).expect_err("nobody is there"),
            };
            assert!(!format!("{error:?}").contains(SECRET), "{error:?}");
        }
    }
}
