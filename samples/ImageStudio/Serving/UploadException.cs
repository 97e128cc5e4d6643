namespace ImageStudio.Serving;

/// <summary>An upload that cannot be answered, and what whoever sent it can do about it.</summary>
internal sealed class UploadException(int status, string title, string detail) : Exception(detail)
{
    public int Status => status;

    public string Title => title;
}
