// What a wallet signs to become an agent's (EIP-712).

const field = (type, name) => ({ name, type });

export const walletTypedData = (chainId, verifyingContract, message) => ({
  domain: { name: "ERC8004IdentityRegistry", version: "1", chainId, verifyingContract },
  primaryType: "AgentWalletSet",
  types: {
    EIP712Domain: [
      field("string", "name"), field("string", "version"),
      field("uint256", "chainId"), field("address", "verifyingContract"),
    ],
    AgentWalletSet: [
      field("uint256", "agentId"), field("address", "newWallet"),
      field("address", "owner"), field("uint256", "deadline"),
    ],
  },
  message,
});
