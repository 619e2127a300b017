//! Which share of the inputs is this machine's.

use std::path::Path;
use std::str::FromStr;

/// Share `index` of `count`, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shard {
    index: u64,
    count: u64,
}

impl FromStr for Shard {
    type Err = String;

    /// `I/N`, from 1; 0/N is N/N, for schedulers that count from 0.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = |text: &str| text.parse::<u64>().ok();
        let numbers = text.split_once('/');
        match numbers.and_then(|(i, n)| Some((number(i)?, number(n)?))) {
            Some((index, count)) if count > 0 && index <= count => Ok(Shard {
                index: index % count,
                count,
            }),
            _ => Err("a share is written as I/N, from 1/N to N/N".to_owned()),
        }
    }
}

impl Shard {
    /// Whether a photograph is in this share.
    ///
    /// It depends on the photograph's own place below the folder that was named and on nothing
    /// else: not on what else is there, so that a batch can be repeated when photographs have come
    /// or gone, and not on where the folder is mounted.
    pub fn has(self, below: &Path) -> bool {
        let parts = below.components();
        let parts: Vec<_> = parts
            .map(|part| part.as_os_str().to_string_lossy())
            .collect();
        hash(parts.join("/").as_bytes()) % self.count == self.index
    }
}

/// FNV-1a, and then MurmurHash3's last steps: FNV's lowest bits alone are too regular.
fn hash(bytes: &[u8]) -> u64 {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn photographs() -> Vec<PathBuf> {
        let scan = |n: u32| format!("box{:02}/scan_{n:05}.tif", n / 100);
        (0..10_000).map(|n| PathBuf::from(scan(n))).collect()
    }

    #[test]
    fn every_photograph_is_in_one_share_and_the_shares_are_alike() {
        for count in [1, 2, 3, 8, 10, 64, 1000] {
            let shards: Vec<Shard> = (1..=count)
                .map(|i| format!("{i}/{count}").parse().unwrap())
                .collect();
            let mut sizes = vec![0_usize; count];
            for photograph in photographs() {
                let holders: Vec<usize> =
                    (0..count).filter(|i| shards[*i].has(&photograph)).collect();
                assert_eq!(holders.len(), 1, "{photograph:?} of {count}");
                sizes[holders[0]] += 1;
            }
            let mean = 10_000.0 / count as f64;
            for size in sizes {
                // Five standard deviations of shares that are drawn by lot.
                let off = (size as f64 - mean).abs();
                assert!(off <= 5.0 * mean.sqrt(), "{size} of {mean} in {count}");
            }
        }
    }

    #[test]
    fn a_photograph_stays_in_its_share_for_good() {
        // Computed in Python; what this version says, later ones have to say, too.
        let shares: Vec<u64> = ["a.jpg", "box1/a.jpg", "box1/b.jpg", "größe.png"]
            .map(|name| {
                (0..7).find(|i| {
                    Shard {
                        index: *i,
                        count: 7,
                    }
                    .has(Path::new(name))
                })
            })
            .map(Option::unwrap)
            .to_vec();
        assert_eq!(shares, [0, 2, 5, 0]);
    }

    #[test]
    fn shares_are_counted_from_1_or_from_0() {
        let shard = |text: &str| text.parse::<Shard>();
        assert_eq!(shard("8/8"), shard("0/8"));
        assert_eq!(shard("1/1"), Ok(Shard { index: 0, count: 1 }));
        for wrong in [
            "", "1", "1/", "/2", "3/2", "0/0", "1/0", "-1/2", "1/2/3", "a/b",
        ] {
            assert!(shard(wrong).is_err(), "{wrong}");
        }
    }
}
