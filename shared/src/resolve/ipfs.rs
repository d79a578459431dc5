//! `ipfs://` URIs: where a gateway has the file, and whether what it sends is what the CID names.

use cid::Cid;
use reqwest::Url;
use sha2::{Digest as _, Sha256};

/// Multicodec codes (<https://github.com/multiformats/multicodec/blob/master/table.csv>).
const RAW: u64 = 0x55;
const DAG_PB: u64 = 0x70;
const SHA2_256: u64 = 0x12;

/// What an `ipfs://` URI names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IpfsUri {
    cid: Cid,
    /// Within the directory that the CID names: empty, or with a leading slash.
    path: String,
}

/// What a content's hash says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is the content that was named.
    Same,
    /// It is another.
    Other,
    /// The CID is of something around it: a directory, or the list of a larger file's blocks. The gateway is believed.
    Untold,
}

impl IpfsUri {
    /// Reads `ipfs://<cid>[/<path>]`, and `ipfs://ipfs/<cid>`, which occurs. `None` where there is no CID.
    #[must_use]
    pub fn parse(uri: &str) -> Option<Self> {
        let rest = uri.trim().split_once("://")?.1;
        let rest = rest.strip_prefix("ipfs/").unwrap_or(rest);
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        let (cid, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let path = path.trim_end_matches('/');
        Some(Self {
            cid: cid.parse().ok()?,
            path: path.to_owned(),
        })
    }

    /// Where a gateway has it.
    #[must_use]
    pub fn at(&self, gateway: &Url) -> Option<Url> {
        gateway.join(&format!("{}{}", self.cid, self.path)).ok()
    }

    /// Compares a content with the CID. A file of at most one block is either the block itself or the data of a `UnixFS`
    /// node (<https://specs.ipfs.tech/unixfs/>); the files that are fetched here are no larger.
    #[must_use]
    pub fn verify(&self, content: &[u8]) -> Verdict {
        let hash = self.cid.hash();
        if hash.code() != SHA2_256 || !self.path.is_empty() {
            return Verdict::Untold;
        }
        let same = |block: &[u8]| Sha256::digest(block).as_slice() == hash.digest();
        match self.cid.codec() {
            RAW if same(content) => Verdict::Same,
            RAW => Verdict::Other,
            DAG_PB if same(&unixfs_file(content)) => Verdict::Same,
            _ => Verdict::Untold,
        }
    }
}

/// The block of a file that fits into one: a dag-pb node without links, whose data is a `UnixFS` file.
fn unixfs_file(content: &[u8]) -> Vec<u8> {
    let size = u64::try_from(content.len()).unwrap_or(u64::MAX);
    // Type (1) = File (2)
    let mut data = vec![0x08, 0x02];
    if !content.is_empty() {
        // Data (2)
        data.push(0x12);
        varint(&mut data, size);
        data.extend_from_slice(content);
    }
    // filesize (3)
    data.push(0x18);
    varint(&mut data, size);
    // Data (1)
    let mut node = vec![0x0a];
    varint(&mut node, u64::try_from(data.len()).unwrap_or(u64::MAX));
    node.extend(data);
    node
}

/// Base 128, the lowest seven bits first (<https://protobuf.dev/programming-guides/encoding/#varints>).
fn varint(to: &mut Vec<u8>, mut number: u64) {
    loop {
        let [low, ..] = (number & 0x7f).to_le_bytes();
        number >>= 7;
        if number == 0 {
            to.push(low);
            return;
        }
        to.push(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> IpfsUri {
        IpfsUri::parse(text).expect("it has a CID")
    }

    #[test]
    fn a_small_file_is_told_by_its_cid() {
        let hello = uri("ipfs://QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o");
        assert_eq!(hello.verify(b"hello world\n"), Verdict::Same);
        assert_eq!(hello.verify(b"hello world"), Verdict::Untold);
        let empty = uri("ipfs://QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH");
        assert_eq!(empty.verify(b""), Verdict::Same);
    }

    #[test]
    fn a_raw_block_is_its_content_and_no_other() {
        let hello = uri("ipfs://bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e");
        assert_eq!(hello.verify(b"hello world"), Verdict::Same);
        assert_eq!(hello.verify(b"hello worle"), Verdict::Other);
    }

    #[test]
    fn a_file_of_many_bytes_has_lengths_of_many_bytes() {
        let content = vec![7; 300];
        let block = unixfs_file(&content);
        // 3 + 300 + 3 + 2 bytes within, whose length takes two bytes itself.
        assert_eq!(block[..8], [0x0a, 0xb4, 0x02, 0x08, 0x02, 0x12, 0xac, 0x02]);
        assert_eq!(block[308..], [0x18, 0xac, 0x02]);
    }

    #[test]
    fn a_file_in_a_directory_is_asked_for_by_its_path_and_untold() {
        let gateway: Url = "https://ipfs.io/ipfs/".parse().expect("a URL");
        let cid = "QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o";
        let file = uri(&format!("ipfs://ipfs/{cid}/agents/1.json?x#y"));
        let at = file.at(&gateway).map(String::from);
        assert_eq!(
            at,
            Some(format!("https://ipfs.io/ipfs/{cid}/agents/1.json"))
        );
        assert_eq!(file.verify(b"{}"), Verdict::Untold);
    }

    #[test]
    fn what_has_no_cid_is_none() {
        for text in [
            "ipfs://",
            "ipfs://0x06",
            "ipfs:///a",
            "ipfs",
            "ipfs://../../etc/passwd",
        ] {
            assert_eq!(IpfsUri::parse(text), None, "{text}");
        }
    }
}
