// One line of text each, which people copy: every fault in it is told, and none gets through.
#include "daemon/core/trust/text_form.hpp"

#include <functional>
#include <string>

#include <gtest/gtest.h>
#include <sodium.h>

#include "daemon/core/contract.hpp"
#include "tests/support/sample_trust.hpp"

namespace berkeley {
namespace {

using test::kCandidateSeed;
using test::kMemberSeed;
using test::secret_key;

// Computed apart from this code and from libsodium.
constexpr std::string_view kSecret =
    "berkeleyd-secret-1:ZWZnaGlqa2xtbm9wcXJzdHV2d3h5ent8fX5_gIGCg4TH0bzD";
constexpr std::string_view kKey =
    "berkeleyd-key-1:2inpWwLgD_oVZFd1-x0roiKhlDOV7qBrlOLAV7e-adDYe1Lb";
constexpr std::string_view kCertificate =
    "berkeleyd-certificate-1:A2xhYgVub2RlM9op6VsC4A_6FWRXdfsdK6IioZQzle6ga5TiwFe3vmnQ3zQlBwSrzfgBA"
    "SNFZ4mrze-YevsT9RAXNpgKCVPBu37uDn33PtK2nU199J2eX7QKhZw601cu7w6lBnNJRFIdWnMb3AVWns1IQ7-Dpwn8W3"
    "AITGGMuw";
constexpr std::string_view kInvitation =
    "berkeleyd-invitation-1:A2xhYgIFbm9kZTEJMTkyLjAuMi4xKR15tVYuj-ZU-UB4sRLoqYunkB-FOuaVvtfg45ELrQ"
    "SWZAVub2RlMgxmZTgwOjoyJWV0aDACDU4w5TfaDXStwGQrLDMNp3MplMRgWF45pwod1RGmCMR7Af7cuph2VDIQoKGio6S"
    "lpqeoqaqrrK2urwE6r69O";
constexpr std::string_view kRevocation =
    "berkeleyd-revocation-1:2inpWwLgD_oVZFd1-x0roiKhlDOV7qBrlOLAV7e-adAFbm9kZTPfNCUHBKvN-JCaRd5O4R"
    "5o2LB5xqgf_WkUEJghU8Y_DK_WuvvXpXgLu5OlOX9ID_aghTm0XEFuQ6gK0tfjwBwOI9KimL4ATAg7vE6g";

struct Form {
    TextKind kind;
    std::string_view text;
};

constexpr std::array kForms{
    Form{TextKind::secret_key, kSecret},       Form{TextKind::public_key, kKey},
    Form{TextKind::certificate, kCertificate}, Form{TextKind::invitation, kInvitation},
    Form{TextKind::revocation, kRevocation},
};

template <class Value>
std::optional<TextError> error_of(const tl::expected<Value, TextError>& parsed) {
    return parsed ? std::nullopt : std::optional(parsed.error());
}

// None if it is good.
std::optional<TextError> parse(TextKind kind, std::string_view text) {
    switch (kind) {
        case TextKind::secret_key:
            return error_of(parse_secret_key(text));
        case TextKind::public_key:
            return error_of(parse_public_key(text));
        case TextKind::certificate:
            return error_of(parse_certificate(text));
        case TextKind::invitation:
            return error_of(parse_token(text));
        case TextKind::revocation:
            return error_of(parse_revocation(text));
        case TextKind::roster_change:
            return error_of(parse_roster_change(text));
    }
    contract_broken("no such kind");
}

// A token's text with something changed that valid() does not let through.
TextError error_of_changed_token(const std::function<void(std::string&)>& change) {
    std::string payload(unframed(TextKind::invitation, kInvitation)->view().size(), '\0');
    std::ranges::copy(unframed(TextKind::invitation, kInvitation)->view(), payload.begin());
    change(payload);
    const auto text =
        framed(TextKind::invitation,
               {reinterpret_cast<const std::uint8_t*>(payload.data()), payload.size()});
    return parse_token(text).error();
}

TEST(TextForm, IsKnownForEachKind) {
    EXPECT_EQ(secret_text(secret_key(kMemberSeed)).view(), kSecret);
    EXPECT_EQ(to_text(secret_key(kMemberSeed).public_key()), kKey);
    EXPECT_EQ(to_text(test::sample_certificate()), kCertificate);
    EXPECT_EQ(to_text(test::sample_token()), kInvitation);
    EXPECT_EQ(to_text(test::sample_revocation()), kRevocation);
}

TEST(TextForm, IsReadBackWhole) {
    EXPECT_EQ(parse_secret_key(kSecret)->public_key(), secret_key(kMemberSeed).public_key());
    EXPECT_EQ(parse_public_key(kKey), secret_key(kMemberSeed).public_key());
    EXPECT_EQ(parse_certificate(kCertificate), test::sample_certificate());
    EXPECT_TRUE(test::same(parse_token(kInvitation).value(), test::sample_token()));
    EXPECT_EQ(parse_revocation(kRevocation), test::sample_revocation());
}

TEST(TextForm, MayHaveWhiteSpaceAroundIt) {
    EXPECT_TRUE(parse_public_key(" \t\r\n" + std::string(kKey) + "\r\n").has_value());
}

TEST(TextForm, OfAnotherKindIsToldByItsName) {
    for (const Form& wanted : kForms) {
        for (const Form& found : kForms) {
            const auto error = parse(wanted.kind, found.text);
            if (wanted.kind == found.kind)
                EXPECT_FALSE(error.has_value());
            else
                EXPECT_EQ(error, (TextError{TextFault::other_kind, wanted.kind, found.kind}));
        }
    }
    EXPECT_EQ(to_text(parse_token(kKey).error()),
              "this is a public key, not an invitation: give the one line that begins with "
              "'berkeleyd-invitation-1:'");
}

TEST(TextForm, CutAnywhereIsNoticed) {
    for (const Form& form : kForms) {
        const std::size_t colon = form.text.find(':');
        for (std::size_t size = 0; size < form.text.size(); ++size) {
            const auto fault = size <= colon ? TextFault::not_ours : TextFault::damaged;
            ASSERT_EQ(parse(form.kind, form.text.substr(0, size)), (TextError{fault, form.kind}))
                << form.text.substr(0, size);
        }
    }
}

TEST(TextForm, MistypedAnywhereIsNoticed) {
    for (const Form& form : kForms) {
        for (std::size_t at = form.text.find(':') + 1; at < form.text.size(); ++at) {
            for (const char typed : {'A', 'z', '-', '+', ' ', '\0', '\x80', '\xff'}) {
                std::string text(form.text);
                if (text[at] == typed || (at + 1 == text.size() && typed == ' '))
                    continue;
                text[at] = typed;
                ASSERT_EQ(parse(form.kind, text), (TextError{TextFault::damaged, form.kind}))
                    << text;
            }
        }
        const TextError damaged{TextFault::damaged, form.kind};
        EXPECT_EQ(parse(form.kind, std::string(form.text) + "A"), damaged);
        EXPECT_EQ(parse(form.kind, std::string(form.text) + "AAAA"), damaged);
    }
    EXPECT_EQ(to_text(parse_token(kInvitation.substr(0, 99)).error()),
              "this invitation is cut short or mistyped: copy its whole line again");
}

// A payload of one kind put behind the prefix of another: the checksum is over both.
TEST(TextForm, UnderAnotherPrefixIsDamaged) {
    EXPECT_EQ(parse_public_key("berkeleyd-key-1:" + std::string(kSecret.substr(19))).error(),
              (TextError{TextFault::damaged, TextKind::public_key}));
}

TEST(TextForm, OfALaterVersionIsToldSo) {
    for (const char* text : {"berkeleyd-invitation-2:", "berkeleyd-invitation-10:whatever it is"})
        EXPECT_EQ(parse_token(text).error(),
                  (TextError{TextFault::later_version, TextKind::invitation}));
    EXPECT_EQ(parse_token("berkeleyd-key-2:").error().found, TextKind::public_key);
    EXPECT_EQ(to_text(TextError{TextFault::later_version, TextKind::invitation}),
              "this invitation was made by a later version of berkeleyd: update it here");
}

TEST(TextForm, OfSomethingElseIsToldSo) {
    for (const char* text :
         {"", "\n", ":", "hello", "berkeleyd",
          "berkeleyd-:", "berkeleyd-1:", "berkeleyd--1:", "berkeleyd-key:", "berkeleyd-key-:",
          "berkeleyd-key-0:", "berkeleyd-key-01:", "berkeleyd-key-1x:", "berkeleyd-keys-1:",
          "Berkeleyd-key-1:", "x-berkeleyd-key-1:", "ssh-ed25519 AAAA"})
        EXPECT_EQ(parse_public_key(text).error(),
                  (TextError{TextFault::not_ours, TextKind::public_key}))
            << text;
    EXPECT_EQ(to_text(parse_public_key("hello").error()),
              "this is not a public key: give the one line that begins with 'berkeleyd-key-1:'");
}

TEST(TextForm, OfAnyLengthIsReadNoFurtherThanNeeded) {
    const std::string fits = "berkeleyd-key-1:" + std::string(kLongestText - 16, 'A');
    EXPECT_EQ(parse_public_key(fits).error().fault, TextFault::damaged);
    EXPECT_EQ(parse_public_key(fits + "A").error().fault, TextFault::too_long);
    EXPECT_EQ(to_text(parse_public_key(fits + "A").error()),
              "this is longer than a public key can be: give its one line alone");
}

TEST(TextForm, OfAKeyThatIsNoneIsNotAllowed) {
    const PublicKey neutral{{1}};
    EXPECT_EQ(parse_public_key(to_text(neutral)).error().fault, TextFault::not_allowed);
    const std::array<std::uint8_t, 33> longer{};
    EXPECT_EQ(parse_secret_key(framed(TextKind::secret_key, longer)).error().fault,
              TextFault::not_allowed);
    EXPECT_EQ(
        parse_secret_key(framed(TextKind::secret_key, std::span(longer).first(31))).error().fault,
        TextFault::not_allowed);
    EXPECT_EQ(to_text(TextError{TextFault::not_allowed, TextKind::secret_key}),
              "this secret key is whole, but no berkeleyd makes one like it: have it made anew");
}

TEST(Token, ThatIsNotValidIsNotRead) {
    const TextError not_allowed{TextFault::not_allowed, TextKind::invitation};
    const auto replace = [](std::string& payload, std::string_view what, std::string_view by) {
        const auto at = payload.find(what);
        ASSERT_NE(at, std::string::npos);
        payload.replace(at, what.size(), by);
    };
    using Change = std::function<void(std::string&)>;
    for (const Change& change : {
             Change([&replace](std::string& p) { replace(p, "lab", "l b"); }),
             Change([&replace](std::string& p) { replace(p, "node2", "node1"); }),
             Change([&replace](std::string& p) { replace(p, "192.0.2.1", "192.0.2;1"); }),
             Change([&replace](std::string& p) { replace(p, "\x02\x0d", {"\0\0", 2}); }),
             Change([](std::string& p) { p[4] = 3; }),              // candidates
             Change([](std::string& p) { p[p.size() - 26] = 2; }),  // who invites
             Change([](std::string& p) { p.back() = 3; }),
             Change([](std::string& p) { p.push_back('\0'); }),
             Change([](std::string& p) { p.pop_back(); }),
             Change([](std::string& p) { p.clear(); }),
         })
        EXPECT_EQ(error_of_changed_token(change), not_allowed);
}

TEST(Token, IsValidOnlyWithDifferentUsableCandidates) {
    const Token good = test::sample_token();
    EXPECT_TRUE(valid(good));
    EXPECT_FALSE(valid(Token{}));
    Token token = good;
    token.candidates[1].key = token.candidates[0].key;
    EXPECT_FALSE(valid(token));
    token = good;
    token.candidates[1].key = {};
    EXPECT_FALSE(valid(token));
    token = good;
    token.candidates[0].host.clear();
    EXPECT_FALSE(valid(token));
    token.candidates[0].host = std::string(kMaxHostLength, 'h');
    EXPECT_TRUE(valid(token));
    token.candidates[0].host += 'h';
    EXPECT_FALSE(valid(token));
    token = good;
    token.candidates[0].name = {};
    EXPECT_FALSE(valid(token));
    token = good;
    token.cluster = {};
    EXPECT_FALSE(valid(token));
}

TEST(Token, OfSevenLongCandidatesFitsAndOfEightIsNone) {
    Token token = test::sample_token();
    token.cluster = test::name(std::string(kMaxNameLength, 'c'));
    token.candidates.clear();
    for (std::uint8_t i = 0; i < kMostCandidates; ++i) {
        token.candidates.push_back(
            {test::name(std::string(kMaxNameLength - 1, 'n') + std::to_string(i)),
             std::string(kMaxHostLength, 'h'), 65535, secret_key(i).public_key()});
    }
    const std::string text = to_text(token);
    EXPECT_LE(text.size(), 3500U);
    EXPECT_TRUE(test::same(parse_token(text).value(), token));
    token.candidates.push_back({test::name("n8"), "h", 1, secret_key(99).public_key()});
    EXPECT_FALSE(valid(token));
    EXPECT_DEATH(to_text(token), "nobody could use");
}

TEST(Token, TellsThatItsNodeIsToBeACandidateWhichVotes) {
    Token token = test::sample_token();
    const std::string of_a_member = to_text(token);
    token.candidate = true;
    const std::string text = to_text(token);
    EXPECT_NE(text, of_a_member);
    EXPECT_EQ(text.size(), of_a_member.size());
    EXPECT_TRUE(test::same(parse_token(text).value(), token));
    EXPECT_FALSE(parse_token(of_a_member)->candidate);
    token.votes = false;
    EXPECT_FALSE(valid(token));
}

TEST(Token, NamesWhoInvites) {
    EXPECT_EQ(test::sample_token().inviting().name.view(), "node2");
}

TEST(Enrolment, HasAKeyForEachDirectionAndCluster) {
    const InvitationSecret secret = test::sample_token().secret;
    const NodeId joining{17};
    const NodeId candidate{23};
    const SealingKey key = enrolment_key(secret, "lab", joining, candidate);
    std::array<char, 65> digits{};
    EXPECT_STREQ(sodium_bin2hex(digits.data(), digits.size(), key.bytes.data(), key.bytes.size()),
                 "78bd0dff05791618d5f615ba7c515a45f9ddebf07e2451769a5b5368ef11afc7");
    EXPECT_NE(enrolment_key(secret, "lab", candidate, joining).bytes, key.bytes);
    EXPECT_NE(enrolment_key(secret, "lab2", joining, candidate).bytes, key.bytes);
    EXPECT_NE(enrolment_key({}, "lab", joining, candidate).bytes, key.bytes);
}

}  // namespace
}  // namespace berkeley
