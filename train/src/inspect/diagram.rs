//! A generator as a U: the way down on the left, the way up on the right, skips across.

use std::fmt::Write;

use colorize_models::{Layer, Way};

use super::table::thousands;

const BOX: [usize; 2] = [250, 46];
/// Between two boxes of a column.
const GAP: usize = 26;
/// Between the columns.
const ACROSS: usize = 170;
const MARGIN: usize = 24;
const TITLE: usize = 44;

const STYLE: &str = "\
svg{background:#fff;font-family:system-ui,sans-serif;font-size:12px}\
text{fill:#222}.title{font-size:16px;font-weight:600}.name{font-weight:600}.note{fill:#666}\
.block{fill:#f4f6f9;stroke:#9aa5b1}.share{fill:#1f62aa}\
.flow,.skip{stroke:#52606d;fill:none;stroke-width:1.5}.skip{stroke-dasharray:4 3}.head{fill:#52606d}\
@media (prefers-color-scheme:dark){svg{background:#16191d}text{fill:#e6e9ed}.note{fill:#9aa5b1}\
.block{fill:#22272e;stroke:#5b6773}.share{fill:#6fa8dc}.flow,.skip{stroke:#9aa5b1}.head{fill:#9aa5b1}}";

/// Layers of one block as a box.
struct Block<'a> {
    name: &'a str,
    way: Way,
    skip: Option<&'a str>,
    output: [usize; 3],
    parameters: u64,
    multiply_adds: u64,
    /// Upper left corner.
    at: [usize; 2],
}

impl Block<'_> {
    fn centre(&self) -> usize {
        self.at[0] + BOX[0] / 2
    }

    fn middle(&self) -> usize {
        self.at[1] + BOX[1] / 2
    }

    fn bottom(&self) -> usize {
        self.at[1] + BOX[1]
    }
}

/// The picture of a network that takes `input`.
pub(super) fn svg(title: &str, input: &str, layers: &[Layer]) -> String {
    let mut blocks = blocks(layers);
    let height = place(&mut blocks) + MARGIN;
    let width = 2 * MARGIN + 2 * BOX[0] + ACROSS;
    let all: u64 = blocks.iter().map(|block| block.multiply_adds).sum();
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         width=\"{width}\" height=\"{height}\" role=\"img\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n\
         <defs><marker id=\"head\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" \
         markerHeight=\"7\" orient=\"auto\"><path class=\"head\" d=\"M0 0 8 4 0 8z\"/></marker></defs>\n\
         <text class=\"title\" x=\"{MARGIN}\" y=\"30\">{title}</text>\n\
         <text class=\"note\" x=\"{right}\" y=\"30\" text-anchor=\"end\">bars: share of {all} M multiply-adds</text>\n",
        right = width - MARGIN,
        all = thousands(all.div_ceil(1_000_000)),
    );
    // Writing into a String cannot fail.
    for pair in blocks.windows(2) {
        let [from, to] = pair else { continue };
        let _ = writeln!(
            svg,
            "<path class=\"flow\" marker-end=\"url(#head)\" d=\"{}\"/>",
            way(from, to)
        );
    }
    for to in &blocks {
        let Some(from) = blocks.iter().find(|block| Some(block.name) == to.skip) else {
            continue;
        };
        let (x, y) = (from.at[0] + BOX[0], from.middle());
        let middle = to.middle();
        let bend = x + ACROSS / 3;
        let _ = writeln!(
            svg,
            "<path class=\"skip\" marker-end=\"url(#head)\" d=\"M{x} {y}H{bend}L{} {middle}H{}\"/>",
            to.at[0] - ACROSS / 3,
            to.at[0],
        );
    }
    let ends = [
        ("in: ", input, blocks.first()),
        ("out: ", "colour", blocks.last()),
    ];
    for (which, what, block) in ends {
        if let Some(block) = block {
            let _ = writeln!(
                svg,
                "<text class=\"note\" x=\"{}\" y=\"{}\">{which}{what}</text>",
                block.at[0],
                block.at[1] - 7
            );
        }
    }
    for block in &blocks {
        draw(&mut svg, block, all);
    }
    svg.push_str("</svg>\n");
    svg
}

fn blocks(layers: &[Layer]) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    for layer in layers {
        if blocks.last().is_none_or(|block| block.name != layer.block) {
            blocks.push(Block {
                name: &layer.block,
                way: layer.way,
                skip: None,
                output: layer.output,
                parameters: 0,
                multiply_adds: 0,
                at: [0, 0],
            });
        }
        if let Some(block) = blocks.last_mut() {
            block.skip = block.skip.or(layer.skip.as_deref());
            block.output = layer.output;
            block.parameters += layer.parameters as u64;
            block.multiply_adds += layer.multiply_adds;
        }
    }
    blocks
}

/// Boxes of maps of one height stand side by side, the largest at the top; gives the lowest edge.
fn place(blocks: &mut [Block<'_>]) -> usize {
    let mut heights: Vec<usize> = blocks.iter().map(|block| block.output[1]).collect();
    heights.sort_unstable_by(|a, b| b.cmp(a));
    heights.dedup();
    let mut top = TITLE + MARGIN;
    for height in heights {
        let mut lowest = top;
        for way in [Way::Down, Way::Up] {
            let mut y = top;
            let mut put = |block: &mut Block<'_>| {
                let x = match way {
                    Way::Down => MARGIN,
                    Way::Up => MARGIN + BOX[0] + ACROSS,
                };
                block.at = [x, y];
                y += BOX[1] + GAP;
            };
            let here = |block: &&mut Block<'_>| block.way == way && block.output[1] == height;
            match way {
                Way::Down => blocks.iter_mut().filter(here).for_each(&mut put),
                Way::Up => blocks.iter_mut().rev().filter(here).for_each(&mut put),
            }
            lowest = lowest.max(y);
        }
        top = lowest;
    }
    top - GAP
}

/// The line from one box to the next: down, across the bottom of the U, or up.
fn way(from: &Block<'_>, to: &Block<'_>) -> String {
    match (from.way, to.way) {
        (Way::Down, Way::Up) => {
            let (x, y) = (from.at[0] + BOX[0], from.middle());
            format!("M{x} {y}L{} {}", to.at[0], to.middle())
        }
        (Way::Down, Way::Down) => {
            format!("M{x} {}V{}", from.bottom(), to.at[1], x = from.centre())
        }
        (Way::Up, _) => format!("M{x} {}V{}", from.at[1], to.bottom(), x = from.centre()),
    }
}

fn draw(svg: &mut String, block: &Block<'_>, all: u64) {
    let [x, y] = block.at;
    let [width, height] = BOX;
    let [channels, rows, columns] = block.output;
    let share = (block.multiply_adds as f64 / all.max(1) as f64 * width as f64).round();
    let _ = writeln!(
        svg,
        "<g><rect class=\"block\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>\
         <rect class=\"share\" x=\"{x}\" y=\"{bar}\" width=\"{share}\" height=\"4\"/>\
         <text class=\"name\" x=\"{left}\" y=\"{first}\">{name}</text>\
         <text x=\"{right}\" y=\"{first}\" text-anchor=\"end\">{channels} \u{d7} {rows} \u{d7} {columns}</text>\
         <text class=\"note\" x=\"{left}\" y=\"{second}\">{parameters} weights</text></g>",
        bar = y + height - 4,
        left = x + 9,
        right = x + width - 9,
        first = y + 18,
        second = y + 35,
        name = block.name,
        parameters = thousands(block.parameters),
    );
}
