//! Whole runs over a server that the test starts: many at the same rows, few connections, locks, and a
//! server that dies on the way; without PostgreSQL on the machine nothing is tried.

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

    fn prepared(url: &str, text: &str) -> (Engine, Arc<Program>) {
        let store = Arc::new(PostgresStore::open(url).expect("a URL"));
        let engine = Engine::builder().entities(Entities::Store(store)).workers(2);
        let engine = engine.build().expect("an engine");
        let compiled = engine.compile(&["w.wf"], &MemoryFiles::from([("w.wf", text)]));
        let program = compiled.into_program().expect("it compiles");
        (engine, program)
    }

    fn run(engine: &Engine, program: &Arc<Program>, workflow: &str) -> Value {
        let options = RunOptions { workflow: Some(workflow.to_owned()), ..RunOptions::default() };
        let report = engine.run(program, options).expect("it starts");
        assert_eq!(report.status, Status::Complete, "{report:?}");
        report.result
    }

    const MANY: &str = r#"
        entity Counter { name: string unique, n: int }
        entity Account { owner: string unique, balance: int }

        /// By `ifUpdatedAt`, by `if`, by what the store holds then, and in transactions.
        workflow many {
          trigger function()
          step counter = entity.create<Counter> { payload: { name: "c", n: 0 } }
          let id = steps.counter.output.entityId
          step accounts = entity.createMany<Account> {
            payloads: [{ owner: "a", balance: 100 }, { owner: "b", balance: 100 }, { owner: "c", balance: 100 }]
          }
          let ids = steps.accounts.output.entityIds
          for i in 0..24 as counting parallel 12 {
            variables { done: bool = false }
            while not variables.done as tries max 500 {
              step read = entity.get<Counter> { id: id }
              let now = steps.read.output.entity
              if now == null { fail "the counter is gone" }
              step write = try entity.update<Counter> { id: id, set: { n: now.n + 1 }, ifUpdatedAt: now.updatedAt }
              if steps.write.error == null { variables.done = true }
            }
            step one = try entity.upsert<Counter> { where: c => c.name == "same", payload: { name: "same", n: i } }
            step mine = entity.upsert<Counter> { where: c => c.name == "own {{ i }}", payload: { name: "own {{ i }}", n: i } }
          }
          for i in 0..24 as moving parallel 12 {
            variables { moved: bool = false }
            let from = ids[i % 3] ?? id
            let to = ids[(i + 1 + i / 3) % 3] ?? id
            while from != to and not variables.moved as rounds max 500 {
              step t = entity.transaction { }
              let t = steps.t.output.transaction
              step payer = entity.get<Account> { id: from, in: t }
              step payee = entity.get<Account> { id: to, in: t }
              let give = steps.payer.output.entity?.balance ?? 0
              let take = steps.payee.output.entity?.balance ?? 0
              step less = entity.update<Account> { id: from, set: { balance: give - 1 }, in: t }
              step more = entity.update<Account> { id: to, set: { balance: take + 1 }, in: t }
              step done = try entity.commit { transaction: t }
              if steps.done.error == null { variables.moved = true }
              else if steps.done.error.code != "Conflict" { fail steps.done.error }
            }
          }
          step after = entity.get<Counter> { id: id }
          step all = entity.query<Counter> { }
          step money = entity.query<Account> { }
          return {
            n: steps.after.output.entity?.n
            counters: steps.all.output.totalCount
            money: steps.money.output.entities | map(a => a.balance) | sum
          }
        }
    "#;

    #[test]
    fn nothing_is_lost_where_many_write_the_same() {
        let Some(server) = Server::start() else { return };
        let (engine, program) = prepared(&server.url(""), MANY);
        let result = run(&engine, &program, "many");
        assert_eq!(result, json!({ "n": 24, "counters": 26, "money": 300 }));
    }

    const ROWS: &str = r#"
        entity Row { n: int unique }

        workflow fill {
          trigger function()
          for i in 0..400 as all parallel 40 {
            step made = entity.create<Row> { payload: { n: i } }
              with { retry: { attempts: 100, backoff: 100ms, maxBackoff: 500ms } }
            yield steps.made.attempts
          }
          step found = entity.query<Row> { }
          return { count: steps.found.output.totalCount, attempts: steps.all.output.results | sum }
        }

        workflow hurried {
          trigger function()
          step read = try entity.query<Row> { } with { timeout: 300ms }
          return steps.read.error?.code
        }
    "#;

    #[test]
    fn a_server_that_comes_back_is_tried_again() {
        let Some(mut server) = Server::start() else { return };
        let (engine, program) = prepared(&server.url(""), ROWS);
        let result = std::thread::scope(|scope| {
            let running = scope.spawn(|| run(&engine, &program, "fill"));
            // In the middle of it, as far as a clock can tell.
            let until = Instant::now() + Duration::from_secs(20);
            let some = "SELECT 1 / count(*) FROM \"entity_Row\" WHERE n >= 0";
            while Instant::now() < until && !running.is_finished() && !server.succeeds(some) {
                std::thread::sleep(Duration::from_millis(5));
            }
            server.kill();
            std::thread::sleep(Duration::from_millis(300));
            server.again();
            running.join().expect("it ends")
        });
        // Each once, however often it was tried: a row that was there without its answer too.
        assert_eq!(result["count"], 400, "{result}");
        assert!(result["attempts"].as_i64() >= Some(400), "{result}");
    }

    #[test]
    fn a_server_with_few_connections_is_tried_again() {
        let Some(server) = Server::start() else { return };
        server.run_sql("CREATE ROLE few LOGIN CONNECTION LIMIT 2");
        server.run_sql("CREATE SCHEMA few AUTHORIZATION few");
        let url = server.url("?options=-csearch_path%3Dfew").replace("//wf@", "//few@");
        let (engine, program) = prepared(&url, ROWS);
        let result = run(&engine, &program, "fill");
        assert_eq!(result["count"], 400, "{result}");
    }

    #[test]
    fn a_step_waits_for_a_lock_no_longer_than_its_time() {
        let Some(server) = Server::start() else { return };
        let (engine, program) = prepared(&server.url(""), ROWS);
        run(&engine, &program, "fill");
        let lock = server.hold("LOCK TABLE \"entity_Row\" IN ACCESS EXCLUSIVE MODE");
        let began = Instant::now();
        let code = run(&engine, &program, "hurried");
        assert!(["timeout", "Store"].contains(&code.as_str().unwrap_or_default()), "{code}");
        assert!(began.elapsed() < Duration::from_secs(5));
        drop(lock);
        assert_eq!(run(&engine, &program, "hurried"), Value::Null);
    }
}
