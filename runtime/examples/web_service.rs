//! A web service: a photograph is posted, and comes back in colour as a PNG.
//!
//! `cargo run --release -p colorize-rt --example web_service`, and then
//! `curl --data-binary @photo.jpg localhost:8080 -o photo.png`

use std::io::Cursor;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use colorize_rt::{Colorizer, Error, decode};
use image::ImageFormat;
use tokio::sync::Semaphore;

/// The largest photograph that is taken.
const MOST_BYTES: usize = 64 << 20;

struct Service {
    colorizer: Colorizer,
    /// Places for photographs at work: each takes memory by its pixels, whoever sends it.
    places: Semaphore,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let service = Arc::new(Service {
        colorizer: Colorizer::builder().build()?,
        places: Semaphore::new(2),
    });
    let routes = Router::new()
        .route("/", post(colorize))
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .with_state(service);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    println!("http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, routes).await?)
}

async fn colorize(State(service): State<Arc<Service>>, photograph: Bytes) -> Response {
    let Ok(_place) = service.places.acquire().await else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let at_work = service.clone();
    // Colorizing keeps a core busy: on the threads that answer, nobody else would be answered.
    let made = tokio::task::spawn_blocking(move || png(&at_work.colorizer, &photograph)).await;
    match made {
        Ok(Ok(png)) => ([(header::CONTENT_TYPE, "image/png")], png).into_response(),
        // The photograph's fault, in one line for whoever sent it.
        Ok(Err(error @ (Error::File(_) | Error::Limit(_) | Error::Request(_)))) => {
            (StatusCode::UNPROCESSABLE_ENTITY, format!("{error}\n")).into_response()
        }
        _ => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn png(colorizer: &Colorizer, photograph: &[u8]) -> Result<Vec<u8>, Error> {
    let colorized = colorizer.colorize(&decode(photograph)?)?;
    let mut png = Cursor::new(Vec::new());
    let written = colorized.image.write_to(&mut png, ImageFormat::Png);
    written.map_err(|error| Error::File(error.to_string()))?;
    Ok(png.into_inner())
}
