// MESSAGE_IDs, all of them. They are for good: the journal's catalog and operators' filters hang on
// them. A new kind of message gets a new one (`systemd-id128 new`), and an old one is never given
// to another.
#pragma once

#include <string_view>

namespace berkeley::message_id {

// ---- of the cluster
inline constexpr std::string_view kClusterFormed = "2c0fc5ac2d3547d4bcd605cbca5ff375";
inline constexpr std::string_view kMasterFound = "e2436c798fdf4a85a65694b90ebe3b3b";
inline constexpr std::string_view kSynchronized = "1af920b61c714a69a4c292806f670659";
inline constexpr std::string_view kHoldover = "4d556b279b054cf89d4b653debefb494";
inline constexpr std::string_view kCorrectionRefused = "5c1419f5c87c4d99bacc1cc9863b1c2b";
inline constexpr std::string_view kMasterBelieved = "c2d98611fda540edbd956af1f99cb871";
inline constexpr std::string_view kClusterTimeLeapt = "02509df24a7247ed9eb3285e1ac4272f";
inline constexpr std::string_view kElected = "90da7e9ed7e74718b759c8f5af6685e5";
inline constexpr std::string_view kLeadsNoMore = "e356850b498e475883c352fa0e65a503";
inline constexpr std::string_view kMoveAnnounced = "453f6cda6b4d4d16b719fd401c545f7f";
inline constexpr std::string_view kMoveRefused = "b83afef0d3254bb2a1eb7776661cad17";
inline constexpr std::string_view kClusterTimeMoved = "b5abf5bdcd804197922259126954f4da";
inline constexpr std::string_view kMoveGivenUp = "e068d82b20ee454f998ee6de967731a3";
inline constexpr std::string_view kFormedByOperator = "bcfccbf8a5e646cda032478d4155df66";
inline constexpr std::string_view kBegunWhereLastSeen = "6b5459220e144d65994f90c0863f70a7";
inline constexpr std::string_view kMasterContradicted = "a241b82756f347faa7ee27227c982615";
inline constexpr std::string_view kVoteWithdrawn = "5ac4d685d5b64c15a993713ee958f2fb";
inline constexpr std::string_view kAccused = "0ef8ceea91b443e49ce1a98f060e21af";
inline constexpr std::string_view kDeposed = "12bb4a8394c74f199a0ab6eecfa3db9e";
inline constexpr std::string_view kWaitingForVoters = "29eb9f8b9cef4fc499f18d9a3d59bf0c";

// ---- of members, on the master
inline constexpr std::string_view kMemberJoined = "330f3fd9e49f43d6b79ea180152f532c";
inline constexpr std::string_view kMemberTrusted = "d5808de12d5f4d15b8b71675daa83cf9";
inline constexpr std::string_view kMemberExcluded = "8115db08fa9a4331b0119c4866e89f11";
inline constexpr std::string_view kMemberSilent = "d869ac351b064b23bd7e935c230e9af9";
inline constexpr std::string_view kMemberReturned = "7678fab3f8544a3eaa310934bb4550da";
inline constexpr std::string_view kMemberLeft = "f1e5eb16abee4405993836dab4757509";
inline constexpr std::string_view kMemberOnTwoMachines = "3ac599825d914e418793ce916f75c479";
inline constexpr std::string_view kTableFull = "1e9cfec32bb3460ab3c7c47435ad0969";

inline constexpr std::string_view kMemberRefused = "124e80bf5f024756bf164dd1d2ef91e8";

// ---- of outside time
inline constexpr std::string_view kReferenceBelieved = "3e53bc53f6af44e8a5bf7e665baec8d0";
inline constexpr std::string_view kReferenceExcluded = "9d7bf0fb77f04008bb18ab594ca63b97";
inline constexpr std::string_view kTimescaleReference = "e1cd1b759bc941738e97a71068806dbe";
inline constexpr std::string_view kTimescaleEnsemble = "1c106bddee4041dcb55b0adc7138fb69";
inline constexpr std::string_view kLeapAnnounced = "a25201001a3449fd915bd2845a7f77e1";
inline constexpr std::string_view kLeapWithdrawn = "a89f294405e048edb8a9118114e6dd6b";
inline constexpr std::string_view kLeapSecond = "dc8b67e865474d8b962cb2a301f7862e";

// ---- of who belongs to the cluster
inline constexpr std::string_view kRefusedByMaster = "e387641b6a704c128b24a124ce869741";
inline constexpr std::string_view kInvitationMade = "51178be43ecb4394b795b52064f14f3a";
inline constexpr std::string_view kNodeEnrolled = "15651bafebe44cf6a18529d07f68d1d7";
inline constexpr std::string_view kEnrolmentRefused = "171ab83e6c7a42e0a0a02cc4ede631ab";
inline constexpr std::string_view kNodeRevoked = "121d0db9755b4cd9bbe469152f3dd2f3";
inline constexpr std::string_view kTrustNotRead = "8819e08f524c4006b99dcbd3dbc7f4d1";
inline constexpr std::string_view kTrustNotSaved = "c3bea9ea6f1744e2a0762f671a5847dc";
inline constexpr std::string_view kTrustSavedAgain = "0cbe1e7c0fee4e4c95f5261ffe0e0352";
inline constexpr std::string_view kKeyNotLocked = "a0b5a64571f1405688fec976df700c72";

// ---- of who the candidates are
inline constexpr std::string_view kRosterNotRead = "b4349fdfd68c44399f79f28906ac2917";
inline constexpr std::string_view kRosterNotSaved = "1f15b2f92c504951a1cb4b99f0a5fb4e";
inline constexpr std::string_view kRosterSavedAgain = "6a35f00597a44eaa8565bfc036dc7b7f";
inline constexpr std::string_view kRosterDiffers = "25643cbc537a433ba677b9153aa0e4b5";
inline constexpr std::string_view kRosterProposed = "98cb6767a4b44edfbbe6a816a2b90078";
inline constexpr std::string_view kRosterSigned = "ace9f6adf20c4d58ad959ccbbc078d43";
inline constexpr std::string_view kRosterHeld = "e307cc6b8fc54f30b98b1d107d38637a";
inline constexpr std::string_view kRosterGivenUp = "15dd2e168ae24a1fa7028f530905e477";
inline constexpr std::string_view kAspirantWaits = "7fc5eaaab7e949c2b3d5fe1054b51bb4";
inline constexpr std::string_view kAspirantLetGo = "69fc2a89f0364750beecbec73972225a";
inline constexpr std::string_view kRosterOutOfReach = "7c097e39706a437eafd1c057e708e2d3";

// ---- of this machine's clock
inline constexpr std::string_view kClockStepped = "846a2d556a5147c493c9748bf0cb91ad";
inline constexpr std::string_view kClockSetByOther = "5a227e25a09c44cfb314f0a631b8d698";
inline constexpr std::string_view kClockSteeredByOther = "c6ee920253c4414785c48616a1a73c7a";
inline constexpr std::string_view kAdjustingFailed = "c4137f7c46154c2b98e6cd014272d907";
inline constexpr std::string_view kMoveLimitReached = "6c167f17f3cd48668c84485bc33aeae0";
inline constexpr std::string_view kRawClockBroken = "f060139d50f4485e9ddd32d7740cd47d";
inline constexpr std::string_view kClockSetsNotSeen = "05954b71197f4b008c18d1b104fa4412";
inline constexpr std::string_view kSlewsNotAttended = "ce5a0e7dbb124e36a90b440d466810b3";

// ---- of starting, the configuration and the operator
inline constexpr std::string_view kStarts = "e1fa84da4e7f4426ace89f61011f9436";
inline constexpr std::string_view kCannotStart = "62a8911e3f944a438cd5eaac31336c51";
inline constexpr std::string_view kWrongConfiguration = "03d93919ceea4d70a398233435f982d5";
inline constexpr std::string_view kReloaded = "e7506446cefc43c9b9a8154d0097f1c7";
inline constexpr std::string_view kReloadFailed = "092d7c5e985b4863859f802064ae9a6e";
inline constexpr std::string_view kKeyNotRead = "9b8e2a5395854affb3d131e65a54ef39";
inline constexpr std::string_view kOperatorAsked = "1b02ad248faf4131a914d69ac949d422";
inline constexpr std::string_view kOperatorRefused = "2f4aa2a2945943c9bd873ec7a66983ee";

// ---- of the network, the disk and the log itself
inline constexpr std::string_view kSendFailed = "a1d6a7e0f53c4a06b7a1d92bd5a0c5f4";
inline constexpr std::string_view kCandidateNotFound = "0ba9527e5d2844c28253a6afd3b23c6e";
inline constexpr std::string_view kStateNotRead = "a72acaa83f494673bbcf955d0810cfd0";
inline constexpr std::string_view kStateNotSaved = "1f9fae7cf9ed40a8bb7eaddf33ac542d";
inline constexpr std::string_view kStateSavedAgain = "1ecbb0c8bcc649f4819877ddbe362f44";
inline constexpr std::string_view kMessagesHeldBack = "bbc7dc64adc4482bafdbff975e7afd63";

}  // namespace berkeley::message_id
