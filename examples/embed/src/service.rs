//! wf in a service on tokio: each line that a client sends starts a run, many at once, on one thread.
//!
//! `cargo run -p wf-example-embed --bin embed-service` starts it, is a client of it, and prints what it
//! answered:
//!
//! ```text
//! > {"body":{"item":"lamp","count":2}}
//! < {"order":"2 x lamp","price":39.80}
//! > {"body":{"item":"sofa","count":1}}
//! < out of stock: sofa
//! > {"body":{"item":"lamp","count":"two"}}
//! < the trigger does not fit: `$.body.count` should be `int`, but is the string "two"
//! ```
#![expect(clippy::print_stdout, reason = "it is a program for a terminal")]

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use wf_engine::{Data, Decimal, Engine, MemoryFiles, NodeError, Program, RunOptions};

const PROGRAM: &str = r#"
workflow order {
  trigger webhook POST "/orders" { body: { item: string, count: int } }
  let body = trigger.body
  step price = shop.price { item: body.item } with { timeout: 5s, retry: { attempts: 3, backoff: 10ms } }
  return { order: "{{ body.count }} x {{ body.item }}", price: steps.price.output.price * toDecimal(body.count) }
}
"#;

/// Asks the shop what an item costs.
///
/// Codes: `"OutOfStock"`, `"Busy"`.
#[derive(Data)]
struct Price {
    item: String,
}

#[derive(Data)]
struct Priced {
    price: Decimal,
}

/// A question to the shop, and where its answer goes.
type Question = (String, oneshot::Sender<Option<Decimal>>);

/// The shop is a task of the service; the node talks to it by a channel.
async fn shop(mut questions: mpsc::Receiver<Question>) {
    while let Some((item, reply)) = questions.recv().await {
        tokio::time::sleep(Duration::from_millis(1)).await;
        let price = (item == "lamp").then(|| "19.90".parse().ok()).flatten();
        // Who asked may be gone.
        let _ = reply.send(price);
    }
}

fn engine() -> Result<Engine, Box<dyn Error>> {
    let (ask, questions) = mpsc::channel::<Question>(16);
    tokio::spawn(shop(questions));
    let engine = Engine::builder().workers(2).node("shop.price", move |input: Price| {
        let ask = ask.clone();
        async move {
            let (reply, answer) = oneshot::channel();
            ask.send((input.item.clone(), reply)).await?;
            match answer.await? {
                Some(price) => Ok(Priced { price }),
                None => Err(NodeError::new("OutOfStock", format!("out of stock: {}", input.item))),
            }
        }
    });
    Ok(engine.build()?)
}

/// Answers a client, line by line.
async fn serve(
    engine: Arc<Engine>,
    program: Arc<Program>,
    client: TcpStream,
) -> std::io::Result<()> {
    let (read, mut write) = client.into_split();
    let mut lines = BufReader::new(read).lines();
    while let Some(line) = lines.next_line().await? {
        let answer =
            match engine.run_async(&program, RunOptions::default().trigger_json(line)).await {
                Ok(report) if report.diagnostic().is_none() => report.result_json().to_owned(),
                Ok(report) => report.error["message"].as_str().unwrap_or_default().to_owned(),
                Err(refused) => refused.to_string(),
            };
        write.write_all(format!("{answer}\n").as_bytes()).await?;
    }
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let engine = Arc::new(engine()?);
    let files = MemoryFiles::from([("order.wf", PROGRAM)]);
    let program = engine.compile(&["order.wf"], &files).into_program()?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let (engine, program) = (engine.clone(), program.clone());
            tokio::spawn(serve(engine, program, client));
        }
    });

    let (read, mut write) = TcpStream::connect(address).await?.into_split();
    let mut answers = BufReader::new(read).lines();
    for body in [r#""lamp","count":2"#, r#""sofa","count":1"#, r#""lamp","count":"two""#] {
        let line = format!(r#"{{"body":{{"item":{body}}}}}"#);
        write.write_all(format!("{line}\n").as_bytes()).await?;
        println!("> {line}");
        println!("< {}", answers.next_line().await?.unwrap_or_default());
    }
    Ok(())
}
