namespace ImageStudio.Serving;

/// <summary>
/// What a server on the loopback needs all the same: every page that the user has open could send requests to it. Only this
/// server's own page may, and that page loads nothing from elsewhere.
/// </summary>
internal static class RequestGuard
{
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static void Use(WebApplication app) => app.Use(async (context, next) =>
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers.CacheControl = "no-store";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";

        // Another name that leads to 127.0.0.1 is another site's (DNS rebinding).
        if (context.Request.Host.Host is not ("127.0.0.1" or "localhost"))
        {
            await Refuse(context, StatusCodes.Status421MisdirectedRequest, "Wrong host", "This server answers to 127.0.0.1 and localhost only.");
        }
        else if (context.Request.Path.StartsWithSegments("/api") && (string?)context.Request.Headers["Sec-Fetch-Site"] is not (null or "same-origin" or "none"))
        {
            await Refuse(context, StatusCodes.Status403Forbidden, "Other site", "Pages of other sites may not ask this server.");
        }
        else
        {
            await next(context);
        }
    });

    private static Task Refuse(HttpContext context, int status, string title, string detail) =>
        Results.Problem(detail, statusCode: status, title: title).ExecuteAsync(context);
}
