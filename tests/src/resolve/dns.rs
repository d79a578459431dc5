//! A name server whose answers a test decides, one by one.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hickory_proto::op::{Message, MessageType};
use hickory_proto::rr::rdata::{A, AAAA};
use hickory_proto::rr::{RData, Record, RecordType};
use tokio::net::UdpSocket;
use tokio::task::JoinHandle;

/// Answers until it is dropped. Nothing may be cached: each answer lives for no time.
#[derive(Debug)]
pub struct NameServer {
    pub address: SocketAddr,
    asked: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl NameServer {
    /// `answers` is given the name, and how many questions for IPv4 addresses came before.
    pub async fn start(
        answers: impl Fn(&str, usize) -> Vec<IpAddr> + Send + Sync + 'static,
    ) -> Self {
        let socket = UdpSocket::bind(("127.0.0.1", 0)).await.unwrap();
        let address = socket.local_addr().unwrap();
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = asked.clone();
        let task = tokio::spawn(async move {
            let mut buffer = [0; 1500];
            while let Ok((length, peer)) = socket.recv_from(&mut buffer).await {
                let mut message = Message::from_vec(&buffer[..length]).unwrap();
                let query = message.queries[0].clone();
                let is_v4 = query.query_type() == RecordType::A;
                let before = if is_v4 {
                    counted.fetch_add(1, Ordering::SeqCst)
                } else {
                    counted.load(Ordering::SeqCst)
                };
                message.metadata.message_type = MessageType::Response;
                message.additionals.clear();
                let name = query.name().to_ascii();
                for address in answers(name.trim_end_matches('.'), before) {
                    let data = match address {
                        IpAddr::V4(address) if is_v4 => RData::A(A(address)),
                        IpAddr::V6(address) if !is_v4 => RData::AAAA(AAAA(address)),
                        _ => continue,
                    };
                    message.add_answer(Record::from_rdata(query.name().clone(), 0, data));
                }
                let answer = message.to_vec().unwrap();
                socket.send_to(&answer, peer).await.unwrap();
            }
        });
        Self {
            address,
            asked,
            task,
        }
    }

    /// How many questions for IPv4 addresses came.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}
