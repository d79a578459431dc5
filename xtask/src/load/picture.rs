//! A picture of a run: latencies and answers, second by second.

use std::fmt::Write as _;
use std::time::Duration;

use super::drive::Sample;
use super::report::Run;
use crate::bench::latency::Latencies;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 180.0;
const LEFT: f64 = 60.0;
const GAP: f64 = 60.0;
/// Percentiles and their colours.
const LINES: [(usize, &str); 3] = [(50, "#2a7de1"), (95, "#e18a2a"), (99, "#c0392b")];

/// The picture as SVG.
pub fn svg(run: &Run) -> String {
    let seconds = by_second(run);
    let latencies: Vec<Vec<f64>> = LINES
        .iter()
        .map(|(percent, _)| {
            let of = |samples: &Vec<Sample>| percentile_ms(samples, *percent);
            seconds.iter().map(of).collect()
        })
        .collect();
    let answered = counts(&seconds, Sample::is_success);
    let failed = counts(&seconds, |sample| !sample.is_success());
    let (width, height) = (WIDTH + LEFT + 20.0, 2.0 * HEIGHT + 3.0 * GAP);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n"
    );
    let colours = LINES.map(|(_, colour)| colour);
    let named = LINES.map(|(percent, _)| format!("p{percent}"));
    let lines: Vec<(&[f64], &str, &str)> = latencies
        .iter()
        .zip(colours)
        .zip(&named)
        .map(|((values, colour), name)| (values.as_slice(), colour, name.as_str()))
        .collect();
    chart(
        &mut svg,
        GAP,
        "latency, ms, by the second in which a request was due",
        &lines,
    );
    let lines = [
        (answered.as_slice(), "#27ae60", "answered"),
        (failed.as_slice(), "#c0392b", "failed"),
    ];
    chart(&mut svg, HEIGHT + 2.0 * GAP, "requests a second", &lines);
    svg.push_str("</svg>\n");
    svg
}

fn by_second(run: &Run) -> Vec<Vec<Sample>> {
    let mut seconds = vec![Vec::new(); usize::try_from(run.seconds).unwrap_or_default()];
    for sample in &run.samples {
        let second = usize::try_from(sample.due.as_secs()).unwrap_or_default();
        if let Some(samples) = seconds.get_mut(second) {
            samples.push(*sample);
        }
    }
    seconds
}

fn percentile_ms(samples: &[Sample], percent: usize) -> f64 {
    let mut latencies = Latencies::default();
    for sample in samples {
        latencies.push(sample.latency);
    }
    latencies.percentile(percent).as_secs_f64() * 1_000.0
}

fn counts(seconds: &[Vec<Sample>], is: fn(&Sample) -> bool) -> Vec<f64> {
    let count = |samples: &Vec<Sample>| samples.iter().filter(|sample| is(sample)).count();
    let count = |samples| u32::try_from(count(samples)).map_or(0.0, f64::from);
    seconds.iter().map(count).collect()
}

/// A frame with its scale and lines.
fn chart(svg: &mut String, top: f64, title: &str, lines: &[(&[f64], &str, &str)]) {
    let most = lines
        .iter()
        .flat_map(|(values, ..)| *values)
        .copied()
        .fold(1.0, f64::max);
    let bottom = top + HEIGHT;
    let right = LEFT + WIDTH;
    // Writing to a string does not fail.
    let _ = write!(
        svg,
        "<text x=\"{LEFT}\" y=\"{:.0}\" font-weight=\"bold\">{title}</text>\n\
         <path d=\"M{LEFT} {top}V{bottom}H{right}\" fill=\"none\" stroke=\"#888888\"/>\n\
         <text x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"end\">{most:.0}</text>\n\
         <text x=\"{:.0}\" y=\"{bottom:.0}\" text-anchor=\"end\">0</text>\n",
        top - 12.0,
        LEFT - 6.0,
        top + 10.0,
        LEFT - 6.0,
    );
    for (place, (values, colour, name)) in (0_u32..).zip(lines) {
        let last = u32::try_from(values.len().saturating_sub(1))
            .unwrap_or(1)
            .max(1);
        let mut points = String::new();
        for (second, value) in (0_u32..).zip(*values) {
            let x = LEFT + WIDTH * f64::from(second) / f64::from(last);
            let y = bottom - HEIGHT * value / most;
            let _ = write!(points, "{x:.1},{y:.1} ");
        }
        let x = right - 80.0 * f64::from(place);
        let _ = write!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\"/>\n\
             <text x=\"{x:.0}\" y=\"{:.0}\" text-anchor=\"end\" fill=\"{colour}\">{name}</text>\n",
            points.trim_end(),
            top - 12.0,
        );
    }
    let seconds = Duration::from_secs(lines.first().map_or(0, |(values, ..)| values.len() as u64));
    let _ = writeln!(
        svg,
        "<text x=\"{right:.0}\" y=\"{:.0}\" text-anchor=\"end\">{} s</text>",
        bottom + 16.0,
        seconds.as_secs(),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::scale::Profile;
    use crate::load::asked::Operation;
    use crate::load::watch::Kept;

    #[test]
    fn each_second_is_a_point_of_each_line() {
        let sample = |second: u64, status| Sample {
            operation: Operation::Stats,
            due: Duration::from_secs(second),
            latency: Duration::from_millis(10 * (second + 1)),
            status,
        };
        let run = Run {
            profile: Profile::Stats,
            rate: 1,
            seconds: 3,
            subject: String::new(),
            samples: vec![sample(0, 200), sample(1, 200), sample(2, 500)],
            kept: Kept::new(),
            used: None,
        };
        let svg = svg(&run);
        assert_eq!(svg.matches("<polyline").count(), 5);
        assert!(
            svg.contains("points=\"60.0,180.0 420.0,120.0 780.0,60.0\""),
            "{svg}"
        );
        assert!(svg.ends_with("</svg>\n"));
    }
}
