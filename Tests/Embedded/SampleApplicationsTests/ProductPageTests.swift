import Foundation
import Testing

@testable import SampleApplications

@Suite struct ProductPageTests {
    private static func page(_ rating: BookReviews.Rating?) -> String {
        let review = BookReviews.Review(reviewer: "Reviewer1", text: "<b>fun</b>", rating: rating)
        return ProductPageHTML.page(
            user: nil,
            details: nil,
            reviews: BookReviews(podname: "reviews-v1-x", reviews: [review])
        )
    }

    @Test func withoutRatingsThereAreNoStars() { #expect(!Self.page(nil).contains("glyphicon-star")) }

    @Test(arguments: ["black", "red"])
    func starsHaveTheColorOfTheirVersion(color: String) {
        let page = Self.page(.init(stars: 4, color: color))
        #expect(page.contains("<font color=\"\(color)\""))
        #expect(page.components(separatedBy: "glyphicon-star\"").count - 1 == 4)
        #expect(page.components(separatedBy: "glyphicon-star-empty\"").count - 1 == 1)
    }

    @Test(arguments: [-3, 0, 5, 99])
    func starsAreFiveWhateverTheServiceSays(stars: Int) {
        let page = Self.page(.init(stars: stars, color: "red"))
        #expect(page.components(separatedBy: "class=\"glyphicon").count - 1 == 5)
    }

    @Test func whatOthersWroteIsNoMarkup() { #expect(Self.page(nil).contains("&lt;b&gt;fun&lt;/b&gt;")) }

    @Test func aMissingServiceIsSaidSoAndTheRestOfThePageStays() {
        let page = ProductPageHTML.page(user: "jason", details: nil, reviews: nil)
        #expect(page.contains("Sorry, product reviews are currently unavailable for this book."))
        #expect(page.contains("Sorry, product details are currently unavailable for this book."))
        #expect(page.contains("jason (<a href=\"/logout\">"))
    }
}
