/// The product page as HTML. Pure; everything that came from elsewhere is escaped.
enum ProductPageHTML {
    static let index = document(
        title: "Simple Bookstore App",
        """
        <h1>Hello! This is a simple bookstore application consisting of three services as shown below</h1>
        <table>
        <tr><th>name</th><th>endpoint</th><th>children</th></tr>
        <tr><td>productpage</td><td>http://productpage:9080</td><td>details, reviews</td></tr>
        <tr><td>reviews</td><td>http://reviews:9080</td><td>ratings</td></tr>
        <tr><td>details, ratings</td><td>port 9080</td><td></td></tr>
        </table>
        <p><a href="/productpage?u=normal">Normal user</a> · <a href="/productpage?u=test">Test user</a></p>
        """
    )

    static func page(user: String?, details: BookDetails?, reviews: BookReviews?) -> String {
        document(
            title: "Simple Bookstore App",
            """
            <nav><a href="/">BookInfo Sample</a>\(session(user))</nav>
            <h3>The Comedy of Errors</h3>
            <p>Summary: a play by William Shakespeare about two sets of identical twins who were accidentally \
            separated at birth.</p>
            <div class="columns">
            <section><h4>Book Details</h4>\(book(details))</section>
            <section><h4>Book Reviews</h4>\(reviewed(reviews))</section>
            </div>
            """
        )
    }

    private static func session(_ user: String?) -> String {
        if let user { return "<span>\(escaped(user)) (<a href=\"/logout\">sign out</a>)</span>" }
        return """
            <form method="post" action="/login"><input name="username" placeholder="User name">\
            <input name="passwd" type="password" placeholder="Password"><button type="submit">Sign in</button></form>
            """
    }

    private static func book(_ details: BookDetails?) -> String {
        guard let details else {
            return """
                <h4 class="error">Error fetching product details!</h4>
                <p>Sorry, product details are currently unavailable for this book.</p>
                """
        }
        return """
            <dl>
            <dt>Type:</dt><dd>\(escaped(details.type))</dd>
            <dt>Pages:</dt><dd>\(details.pages)</dd>
            <dt>Publisher:</dt><dd>\(escaped(details.publisher))</dd>
            <dt>Language:</dt><dd>\(escaped(details.language))</dd>
            <dt>ISBN-10:</dt><dd>\(escaped(details.isbn10))</dd>
            <dt>ISBN-13:</dt><dd>\(escaped(details.isbn13))</dd>
            </dl>
            """
    }

    private static func reviewed(_ reviews: BookReviews?) -> String {
        guard let reviews else {
            return """
                <h4 class="error">Error fetching product reviews!</h4>
                <p>Sorry, product reviews are currently unavailable for this book.</p>
                """
        }
        let quotes = reviews.reviews.map { review in
            """
            <blockquote><p>\(escaped(review.text))</p><small>\(escaped(review.reviewer))</small>\
            \(stars(review.rating))</blockquote>
            """
        }
        return quotes.joined(separator: "\n") + "<p>Reviews served by: <u>\(escaped(reviews.podname))</u></p>"
    }

    /// Five stars, those given filled: none without a rating.
    private static func stars(_ rating: BookReviews.Rating?) -> String {
        guard let rating else { return "" }
        guard let count = rating.stars else {
            return "<p><i>\(escaped(rating.error ?? "Ratings service is currently unavailable"))</i></p>"
        }
        let given = min(max(count, 0), 5)
        let color = rating.color == "red" ? "red" : "black"
        let filled = String(repeating: "<span class=\"glyphicon glyphicon-star\">★</span>", count: given)
        let empty = String(repeating: "<span class=\"glyphicon glyphicon-star-empty\">☆</span>", count: 5 - given)
        return "<p><font color=\"\(color)\" class=\"stars\" title=\"\(given) stars\">\(filled)\(empty)</font></p>"
    }

    private static func document(title: String, _ body: String) -> String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head><meta charset="utf-8"><title>\(title)</title>
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <style>
        body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 64rem; padding: 0 1rem; color: #222 }
        nav { display: flex; justify-content: space-between; align-items: center; gap: 1rem; padding: .75rem 0;
              border-bottom: 1px solid #ddd; font-weight: 600 }
        nav form { display: flex; gap: .5rem; font-weight: 400 } nav a { color: #1a5fb4; text-decoration: none }
        h3 { text-align: center; font-size: 1.6rem; color: #1a5fb4 }
        .columns { display: grid; grid-template-columns: 1fr 1fr; gap: 2rem }
        dl { display: grid; grid-template-columns: 8rem 1fr } dd { margin: 0 }
        blockquote { border-left: 4px solid #ddd; margin: 1rem 0; padding: .25rem 1rem }
        small::before { content: "— " } .stars { font-size: 1.4rem; letter-spacing: .1rem } .error { color: #a51d2d }
        table { border-collapse: collapse } td, th { border: 1px solid #ddd; padding: .25rem .75rem; text-align: left }
        @media (max-width: 40rem) { .columns { grid-template-columns: 1fr } }
        </style></head>
        <body>
        \(body)
        </body>
        </html>

        """
    }

    static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.append(character)
            }
        }
        return escaped
    }
}
