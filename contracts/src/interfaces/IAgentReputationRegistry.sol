// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

/// @title ERC-8004 reputation registry
/// @notice What clients say of agents: signed fixed-point values with tags, revocable by their author, answerable by
/// anyone.
/// @dev The paged reads ask for a client list, so that a page costs what its list and its limit say; walk
/// {getClientsPaged} to read all.
interface IAgentReputationRegistry {
    /// @notice Feedback, one entry a position in each array.
    /// @param clients Who gave it.
    /// @param feedbackIndexes Which of the client's it is, from 1.
    /// @param values The values.
    /// @param valueDecimals The decimals of each value.
    /// @param tag1s The first tags.
    /// @param tag2s The second tags.
    /// @param revokedStatuses Whether it was revoked.
    struct FeedbackPage {
        address[] clients;
        uint64[] feedbackIndexes;
        int128[] values;
        uint8[] valueDecimals;
        string[] tag1s;
        string[] tag2s;
        bool[] revokedStatuses;
    }

    /// @notice Feedback was given.
    /// @param agentId The agent.
    /// @param clientAddress Who gave it.
    /// @param feedbackIndex Which of this client's to this agent it is, from 1.
    /// @param value The value.
    /// @param valueDecimals Its decimals.
    /// @param indexedTag1 The first tag, hashed for filters.
    /// @param tag1 The first tag.
    /// @param tag2 The second tag.
    /// @param endpoint The endpoint that was used.
    /// @param feedbackURI Where the details are.
    /// @param feedbackHash The KECCAK-256 hash of the details.
    event NewFeedback(
        uint256 indexed agentId,
        address indexed clientAddress,
        uint64 feedbackIndex,
        int128 value,
        uint8 valueDecimals,
        string indexed indexedTag1,
        string tag1,
        string tag2,
        string endpoint,
        string feedbackURI,
        bytes32 feedbackHash
    );

    /// @notice Feedback was revoked by its author.
    /// @param agentId The agent.
    /// @param clientAddress The author.
    /// @param feedbackIndex Which of the author's it was.
    event FeedbackRevoked(uint256 indexed agentId, address indexed clientAddress, uint64 indexed feedbackIndex);

    /// @notice Someone responded to feedback.
    /// @param agentId The agent.
    /// @param clientAddress The feedback's author.
    /// @param feedbackIndex Which of the author's it is.
    /// @param responder Who responded.
    /// @param responseURI Where the response is.
    /// @param responseHash The KECCAK-256 hash of the response.
    event ResponseAppended(
        uint256 indexed agentId,
        address indexed clientAddress,
        uint64 feedbackIndex,
        address indexed responder,
        string responseURI,
        bytes32 responseHash
    );

    /// @notice The least time between two feedbacks of one client to one agent was changed.
    /// @param previousInterval What it was, in seconds.
    /// @param newInterval What it is.
    event FeedbackIntervalUpdated(uint256 previousInterval, uint256 newInterval);

    /// @notice The address is not a contract, so it cannot be the identity registry.
    /// @param identityRegistry The address.
    error InvalidIdentityRegistry(address identityRegistry);

    /// @notice Owners and operators cannot rate their own agent.
    /// @param agentId The agent.
    /// @param clientAddress The caller.
    error SelfFeedback(uint256 agentId, address clientAddress);

    /// @notice The agent is suspended and takes no new feedback.
    /// @param agentId The agent.
    error AgentIsSuspended(uint256 agentId);

    /// @notice The client gave this agent feedback a moment ago.
    /// @param agentId The agent.
    /// @param clientAddress The client.
    /// @param retryAt The first time at which the next one is accepted.
    error FeedbackTooSoon(uint256 agentId, address clientAddress, uint256 retryAt);

    /// @notice The value has too many decimals.
    /// @param valueDecimals How many.
    /// @param max The most allowed.
    error TooManyDecimals(uint8 valueDecimals, uint8 max);

    /// @notice The value's magnitude is too large.
    /// @param value The value.
    /// @param max The largest magnitude allowed.
    error ValueOutOfRange(int128 value, int128 max);

    /// @notice A tag is too long.
    /// @param length Its length in bytes.
    /// @param max The longest allowed.
    error TagTooLong(uint256 length, uint256 max);

    /// @notice An endpoint, feedback or response URI is too long.
    /// @param length Its length in bytes.
    /// @param max The longest allowed.
    error URITooLong(uint256 length, uint256 max);

    /// @notice There is no such feedback.
    /// @param agentId The agent.
    /// @param clientAddress The client.
    /// @param feedbackIndex The index asked for.
    error FeedbackNotFound(uint256 agentId, address clientAddress, uint64 feedbackIndex);

    /// @notice The feedback was revoked before.
    /// @param agentId The agent.
    /// @param clientAddress The author.
    /// @param feedbackIndex Which of the author's it is.
    error FeedbackAlreadyRevoked(uint256 agentId, address clientAddress, uint64 feedbackIndex);

    /// @notice A response needs a URI.
    /// @param agentId The agent.
    /// @param clientAddress The feedback's author.
    /// @param feedbackIndex Which of the author's it is.
    error EmptyResponseURI(uint256 agentId, address clientAddress, uint64 feedbackIndex);

    /// @notice The read needs a client list: over all clients it would be open to Sybil attacks or unbounded.
    /// @param agentId The agent.
    error EmptyClientList(uint256 agentId);

    /// @notice The interval is longer than an interval may be.
    /// @param interval The interval in seconds.
    /// @param max The longest allowed.
    error IntervalTooLong(uint256 interval, uint256 max);

    /// @notice Prepares a new proxy. Works once.
    /// @param identityRegistry The registry whose agents are rated.
    /// @param admin The first default admin.
    /// @param adminDelay The seconds that a change of admin has to wait.
    function initialize(address identityRegistry, address admin, uint48 adminDelay) external;

    /// @notice Gives feedback. For anyone but the agent's owner, approved address and operators.
    /// @dev Emits {NewFeedback}. The endpoint, URI and hash are in the log only.
    /// @param agentId The agent.
    /// @param value The value, at most 1e38 in magnitude.
    /// @param valueDecimals Its decimals, 0 to 18.
    /// @param tag1 A tag; may be empty.
    /// @param tag2 A second tag; may be empty.
    /// @param endpoint The endpoint that was used; may be empty.
    /// @param feedbackURI Where the details are; may be empty.
    /// @param feedbackHash The KECCAK-256 hash of the details; may be zero.
    function giveFeedback(
        uint256 agentId,
        int128 value,
        uint8 valueDecimals,
        string calldata tag1,
        string calldata tag2,
        string calldata endpoint,
        string calldata feedbackURI,
        bytes32 feedbackHash
    )
        external;

    /// @notice Revokes feedback that the caller gave.
    /// @dev Emits {FeedbackRevoked}.
    /// @param agentId The agent.
    /// @param feedbackIndex Which of the caller's it is.
    function revokeFeedback(uint256 agentId, uint64 feedbackIndex) external;

    /// @notice Responds to feedback, revoked or not. For anyone.
    /// @dev Emits {ResponseAppended}.
    /// @param agentId The agent.
    /// @param clientAddress The feedback's author.
    /// @param feedbackIndex Which of the author's it is.
    /// @param responseURI Where the response is.
    /// @param responseHash The KECCAK-256 hash of the response; may be zero.
    function appendResponse(
        uint256 agentId,
        address clientAddress,
        uint64 feedbackIndex,
        string calldata responseURI,
        bytes32 responseHash
    )
        external;

    /// @notice Sets the least time between two feedbacks of one client to one agent. Also while paused.
    /// @dev Needs REGISTRY_ADMIN_ROLE. Emits {FeedbackIntervalUpdated}.
    /// @param interval The interval in seconds, at most a day.
    function setFeedbackInterval(uint256 interval) external;

    /// @notice The registry whose agents are rated.
    /// @return Its address.
    function getIdentityRegistry() external view returns (address);

    /// @notice The least time between two feedbacks of one client to one agent.
    /// @return interval The interval in seconds.
    function feedbackInterval() external view returns (uint256 interval);

    /// @notice The index of the client's latest feedback to the agent.
    /// @param agentId The agent.
    /// @param clientAddress The client.
    /// @return The index; 0 where there is none.
    function getLastIndex(uint256 agentId, address clientAddress) external view returns (uint64);

    /// @notice One feedback.
    /// @param agentId The agent.
    /// @param clientAddress The client.
    /// @param feedbackIndex Which of the client's, from 1.
    /// @return value The value.
    /// @return valueDecimals Its decimals.
    /// @return tag1 The first tag.
    /// @return tag2 The second tag.
    /// @return isRevoked Whether it was revoked.
    function readFeedback(
        uint256 agentId,
        address clientAddress,
        uint64 feedbackIndex
    )
        external
        view
        returns (int128 value, uint8 valueDecimals, string memory tag1, string memory tag2, bool isRevoked);

    /// @notice The average of the listed clients' feedback. Revoked feedback is left out; a client listed twice counts
    /// twice.
    /// @dev Normalised to 18 decimals, averaged, and returned in the decimals that most of the values have (the fewest
    /// on a tie), truncated toward zero. Reverts where the result does not fit an int128.
    /// @param agentId The agent.
    /// @param clientAddresses The clients; not empty, see the ERC's security considerations.
    /// @param tag1 Only feedback with this first tag; empty for any.
    /// @param tag2 Only feedback with this second tag; empty for any.
    /// @return count How many values were averaged.
    /// @return summaryValue The average.
    /// @return summaryValueDecimals Its decimals.
    function getSummary(
        uint256 agentId,
        address[] calldata clientAddresses,
        string calldata tag1,
        string calldata tag2
    )
        external
        view
        returns (uint64 count, int128 summaryValue, uint8 summaryValueDecimals);

    /// @notice A part of {getSummary} that adds up: sums and counts of pages make those of the whole.
    /// @param agentId The agent.
    /// @param clientAddresses The clients; not empty.
    /// @param tag1 Only feedback with this first tag; empty for any.
    /// @param tag2 Only feedback with this second tag; empty for any.
    /// @param offset How many of the clients' feedbacks to leave out, before any filter.
    /// @param limit How many to look at.
    /// @return sum The values' sum in 18 decimals.
    /// @return countByDecimals How many values have 0, 1, … 18 decimals.
    /// @return total How many feedbacks the clients gave; a page that reaches it is the last.
    function getSummaryPaged(
        uint256 agentId,
        address[] calldata clientAddresses,
        string calldata tag1,
        string calldata tag2,
        uint256 offset,
        uint256 limit
    )
        external
        view
        returns (int256 sum, uint64[19] memory countByDecimals, uint256 total);

    /// @notice Feedback to an agent, in the order of the clients and of their indexes.
    /// @param agentId The agent.
    /// @param clientAddresses The clients; empty for all.
    /// @param tag1 Only feedback with this first tag; empty for any.
    /// @param tag2 Only feedback with this second tag; empty for any.
    /// @param includeRevoked Whether revoked feedback is listed too.
    /// @return clients Who gave it.
    /// @return feedbackIndexes Which of the client's it is.
    /// @return values The values.
    /// @return valueDecimals The decimals of each value.
    /// @return tag1s The first tags.
    /// @return tag2s The second tags.
    /// @return revokedStatuses Whether it was revoked.
    function readAllFeedback(
        uint256 agentId,
        address[] calldata clientAddresses,
        string calldata tag1,
        string calldata tag2,
        bool includeRevoked
    )
        external
        view
        returns (
            address[] memory clients,
            uint64[] memory feedbackIndexes,
            int128[] memory values,
            uint8[] memory valueDecimals,
            string[] memory tag1s,
            string[] memory tag2s,
            bool[] memory revokedStatuses
        );

    /// @notice A part of {readAllFeedback}.
    /// @param agentId The agent.
    /// @param clientAddresses The clients; not empty.
    /// @param tag1 Only feedback with this first tag; empty for any.
    /// @param tag2 Only feedback with this second tag; empty for any.
    /// @param includeRevoked Whether revoked feedback is listed too.
    /// @param offset How many of the clients' feedbacks to leave out, before any filter.
    /// @param limit How many to look at.
    /// @return page What passes the filters.
    /// @return total How many feedbacks the clients gave; a page that reaches it is the last.
    function readAllFeedbackPaged(
        uint256 agentId,
        address[] calldata clientAddresses,
        string calldata tag1,
        string calldata tag2,
        bool includeRevoked,
        uint256 offset,
        uint256 limit
    )
        external
        view
        returns (FeedbackPage memory page, uint256 total);

    /// @notice How many responses feedback got.
    /// @param agentId The agent.
    /// @param clientAddress The feedback's author; zero for all.
    /// @param feedbackIndex Which of the author's; 0 for all.
    /// @param responders Whose responses count; empty for anyone's.
    /// @return count The count.
    function getResponseCount(
        uint256 agentId,
        address clientAddress,
        uint64 feedbackIndex,
        address[] calldata responders
    )
        external
        view
        returns (uint64 count);

    /// @notice A part of {getResponseCount} for one client's feedbacks; counts of pages add up.
    /// @param agentId The agent.
    /// @param clientAddress The feedbacks' author.
    /// @param responders Whose responses count; empty for anyone's.
    /// @param offset How many of the author's feedbacks to leave out.
    /// @param limit How many to look at.
    /// @return count The count.
    /// @return total How many feedbacks the author gave.
    function getResponseCountPaged(
        uint256 agentId,
        address clientAddress,
        address[] calldata responders,
        uint256 offset,
        uint256 limit
    )
        external
        view
        returns (uint64 count, uint256 total);

    /// @notice Everyone who ever gave the agent feedback, in the order of the first.
    /// @param agentId The agent.
    /// @return The clients.
    function getClients(uint256 agentId) external view returns (address[] memory);

    /// @notice A part of {getClients}.
    /// @param agentId The agent.
    /// @param offset How many clients to leave out.
    /// @param limit How many to list.
    /// @return clients The clients.
    /// @return total How many there are.
    function getClientsPaged(
        uint256 agentId,
        uint256 offset,
        uint256 limit
    )
        external
        view
        returns (address[] memory clients, uint256 total);
}
