//! The fenced code blocks of a Markdown document.

/// One block.
#[derive(Debug, PartialEq, Eq)]
pub struct Block {
    /// The line of its opening fence, counted from 1.
    pub line: usize,
    /// The first word after the fence.
    pub language: String,
    /// What stands in it, without the indentation of its fence.
    pub code: String,
}

/// Every fenced block, in order.
pub fn of(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<(usize, usize, Block)> = None;
    for (index, line) in text.lines().enumerate() {
        let bare = line.trim_start();
        let ticks = bare.len() - bare.trim_start_matches('`').len();
        match &mut open {
            None if ticks >= 3 => {
                let language = bare.trim_start_matches('`').split_whitespace().next();
                let block = Block {
                    line: index + 1,
                    language: language.unwrap_or_default().to_owned(),
                    code: String::new(),
                };
                open = Some((ticks, line.len() - bare.len(), block));
            }
            None => {}
            Some((fence, _, _)) if ticks >= *fence && bare.trim_matches('`').trim().is_empty() => {
                blocks.extend(open.take().map(|(_, _, block)| block));
            }
            Some((_, indent, block)) => {
                block.code.push_str(line.get(*indent..).unwrap_or(bare));
                block.code.push('\n');
            }
        }
    }
    blocks
}

#[test]
fn blocks_are_found_with_language_line_and_indentation() {
    let text = "text\n```bash\ncurl a\n```\n- item\n  ```json\n  {\n    \"a\": 1\n  }\n  ```\n````md\n```sh\n````\n";
    let block = |line, language: &str, code: &str| Block {
        line,
        language: language.to_owned(),
        code: code.to_owned(),
    };
    let expected = [
        block(2, "bash", "curl a\n"),
        block(6, "json", "{\n  \"a\": 1\n}\n"),
        block(11, "md", "```sh\n"),
    ];
    assert_eq!(of(text), expected);
}
